"""A local HTTP server that misbehaves as told."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """How one request is answered."""

    status: int = 200
    drop_at: float | None = None
    """Close the connection after this share of the file."""
    body: bytes | None = None
    """Send this in place of the file."""
    content_type: str = "application/octet-stream"
    ranges: bool = True
    """Whether the server can go on in the middle."""
    etag: str | None = '"one"'
    pause: float = 0.0
    """Seconds to wait before every tenth of the body."""
    redirect: str | None = None
    disposition: bool = False
    """Send the header by which gdown knows a file."""
    shift: int = 0
    """Answer a range with as many bytes as were asked for, from so many bytes before."""


class FileServer:
    """Serves `files`; the answers planned for a path are used up one after the other, the last one stays."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.plans: dict[str, list[Answer]] = {}
        self.requests: list[tuple[str, str]] = []
        self.stopping = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def plan(self, path: str, *answers: Answer) -> None:
        self.plans[path] = list(answers)

    def ranges(self) -> list[str]:
        """The Range header of every request, empty where there was none."""
        return [given for _, given in self.requests]

    def close(self) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        self.requests.append((path, request.headers.get("Range", "")))
        plan = self.plans.get(path, [Answer()])
        answer = plan.pop(0) if len(plan) > 1 else plan[0]
        if answer.redirect:
            request.send_response(302)
            request.send_header("Location", answer.redirect)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        content = answer.body if answer.body is not None else self.files.get(path)
        if answer.status != 200 or content is None:
            request.send_error(answer.status if answer.status != 200 else 404)
            return
        self._send(request, answer, content)

    def _send(self, request: BaseHTTPRequestHandler, answer: Answer, content: bytes) -> None:
        start, whole = 0, len(content)
        asked = request.headers.get("Range")
        unchanged = request.headers.get("If-Range", answer.etag) == answer.etag
        if asked and answer.ranges and unchanged:
            start = int(asked.removeprefix("bytes=").rstrip("-")) - answer.shift
            content, whole = content[: len(content) - answer.shift], len(content)
        if start > len(content) or (asked and answer.ranges and unchanged and start == len(content)):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(content)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{whole}")
        request.send_header("Content-Length", str(len(content) - start))
        request.send_header("Content-Type", answer.content_type)
        if answer.ranges:
            request.send_header("Accept-Ranges", "bytes")
        if answer.etag:
            request.send_header("ETag", answer.etag)
        if answer.disposition:
            request.send_header("Content-Disposition", 'attachment; filename="x.bin"')
        request.end_headers()
        end = len(content) if answer.drop_at is None else int(answer.drop_at * len(content))
        step = max(1, len(content) // 10)
        for position in range(start, max(start, end), step):
            if answer.pause:
                self.stopping.wait(answer.pause)
            try:
                request.wfile.write(content[position : min(end, position + step)])
                request.wfile.flush()
            except OSError:
                break
        if answer.drop_at is not None:
            request.close_connection = True
