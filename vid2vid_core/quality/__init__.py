"""How good pictures and videos are: functions of arrays, for the validation of a training and for evaluation."""
