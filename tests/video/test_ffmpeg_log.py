"""What ffmpeg says is understood."""

from fractions import Fraction

from vid2vid_core.video.ffmpeg_log import FfmpegLog

FRAME = "n:   0 pts:  10118 pts_time:0.844011 pos:    10226 fmt:yuv420p sar:1/1 s:640x360 i:P iskey:1 type:I "


def filled(*lines):
    log = FfmpegLog()
    log.add("[showinfo@source @ 0x55] [info] config in time_base: 1/11988, frame_rate: 2997/100")
    log.add(f"[showinfo@source @ 0x55] [info] {FRAME}")
    for line in lines:
        log.add(line)
    return log


def test_times_are_read_exactly():
    log = filled()
    assert log.ticks == [10118] and log.time_base == Fraction(1, 11988) and log.size == (640, 360)
    assert log.add(f"[showinfo@source @ 0x55] [info] {FRAME.replace('0 pts', '1 pts')}") is True
    assert log.add(
        "[showinfo@source @ 0x55] [info] n:   2 pts:  NOPTS pts_time:NOPTS fmt:a s:640x360 i:P iskey:1 type:I "
    )
    assert log.ticks == [10118, 10118, None]


def test_lines_of_two_threads_in_one_are_taken_apart():
    """Seen with ffmpeg 9: the second of two calls has no prefix if the first did not end its line."""
    second = FRAME.replace("0 pts", "1 pts")
    log = filled(f"[showinfo@source @ 0x55] [info] {second}concealing 12 DC, 12 AC, 12 MV errors in P frame")
    assert len(log.ticks) == 2 and log.damage == ["concealing 12 DC, 12 AC, 12 MV errors in P frame"]
    log = filled("[showinfo@source @ 0x55] [info] color_range:tvFile ended prematurely")
    assert log.damage
    log = filled(
        f"[info]   Stream #0:0{second}", "[info] : Video: png, rgb24(pc, gbr/bt709/bt709, progressive), 640x360"
    )
    assert len(log.ticks) == 2 and not log.damage


def test_damage_is_told_from_noise():
    assert filled("[matroska,webm @ 0x5] [error] File ended prematurely").damage
    assert filled("[vist#0:0/h264 @ 0x5] [dec:h264 @ 0x5] [warning] corrupt decoded frame").damage
    assert filled("[vist#0:0/h264 @ 0x5] [dec:h264 @ 0x5] [error] Decoding error: Invalid data found").damage
    assert filled("[h264 @ 0x5] [info] concealing 12 DC, 12 AC, 12 MV errors in P frame").damage
    assert not filled("[h264 @ 0x5] [error] mmco: unref short failure").damage


def test_what_the_file_says_of_itself_is_not_believed():
    titled = FfmpegLog()
    titled.add(f"[info]     title           : {FRAME}")
    assert titled.ticks == []
    log = filled(
        "[info]     title           : concealing 12 DC, 12 AC, 12 MV errors",
        "[info]     comment : File ended prematurely",
    )
    assert log.damage == [] and log.output_errors == []


def test_a_full_disk_is_no_damage_of_the_input():
    log = filled("[error] av_interleaved_write_frame(): No space left on device")
    assert log.output_errors and not log.damage
    assert filled("[out#0/image2 @ 0x5] [error] Error muxing a packet: Input/output error").output_errors
    assert not filled("[mov @ 0x5] [error] Error during demuxing: Input/output error").output_errors


def test_a_change_of_size_is_noticed():
    log = filled("[showinfo@source @ 0x55] [info] config in time_base: 1/11988, frame_rate: 2997/100")
    assert log.num_starts == 2
