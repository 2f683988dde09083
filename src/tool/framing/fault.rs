//! What can be wrong with the framing of a request, and the answer it gets.

use crate::text::Tongue;

/// Why a request is not passed to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The first line is not `METHOD target HTTP/1.0` or `HTTP/1.1`.
    RequestLine,
    /// A header line is not `name: value`.
    HeaderLine,
    /// HTTP/1.1 without a Host.
    NoHost,
    /// More than one Host, or one that cannot be a host.
    Host,
    /// Both Content-Length and Transfer-Encoding.
    TwoLengths,
    /// Content-Length repeated, or not a whole number.
    Length,
    /// Transfer-Encoding that is not exactly one `chunked`, or in HTTP/1.0.
    Encoding,
    /// A header line folded onto the next.
    Folded,
    /// White space between a header's name and its colon.
    SpaceBeforeColon,
    /// A carriage return that ends no line.
    BareReturn,
    /// A zero byte in the head.
    Zero,
    /// A head over [`HEAD_BYTES`](super::HEAD_BYTES).
    TooLarge,
    /// A chunk of the body is not framed as chunks are.
    Chunk,
    /// The head did not come within [`HEAD_TIME`](super::HEAD_TIME).
    Slow,
    /// A body brings less than [`Times`](super::Times) ask for.
    SlowBody,
}

impl Fault {
    /// What is wrong with the request and what to do.
    pub fn text(self, tongue: Tongue) -> &'static str {
        let (vi, en) = match self {
            Fault::RequestLine => (
                "Dòng đầu của yêu cầu sai dạng; hãy gửi “PHƯƠNG-THỨC địa-chỉ HTTP/1.1”.",
                "The request line is malformed; send “METHOD target HTTP/1.1”.",
            ),
            Fault::HeaderLine => (
                "Có dòng tiêu đề sai dạng; hãy gửi mỗi dòng là “tên: giá trị”.",
                "A header line is malformed; send each line as “name: value”.",
            ),
            Fault::NoHost => {
                ("Yêu cầu thiếu tiêu đề Host; hãy gửi đúng một Host.", "The request has no Host header; send exactly one Host.")
            }
            Fault::Host => (
                "Tiêu đề Host lặp lại hoặc sai; hãy gửi đúng một Host hợp lệ.",
                "The Host header is repeated or invalid; send exactly one valid Host.",
            ),
            Fault::TwoLengths => (
                "Yêu cầu có cả Content-Length lẫn Transfer-Encoding; hãy chỉ gửi một trong hai.",
                "The request has both Content-Length and Transfer-Encoding; send only one of them.",
            ),
            Fault::Length => (
                "Content-Length lặp lại hoặc không phải là số; hãy gửi đúng một số nguyên.",
                "Content-Length is repeated or is no number; send exactly one whole number.",
            ),
            Fault::Encoding => (
                "Transfer-Encoding không được hỗ trợ; hãy chỉ gửi một lần “chunked”, với HTTP/1.1.",
                "Transfer-Encoding is not supported; send “chunked” once only, with HTTP/1.1.",
            ),
            Fault::Folded => (
                "Có tiêu đề gập xuống dòng sau; hãy viết mỗi tiêu đề trên một dòng.",
                "A header is folded onto a second line; write each header on one line.",
            ),
            Fault::SpaceBeforeColon => (
                "Có khoảng trắng trước dấu hai chấm của tiêu đề; hãy bỏ khoảng trắng đó.",
                "A header has white space before its colon; remove that space.",
            ),
            Fault::BareReturn => (
                "Phần đầu yêu cầu có ký tự CR đứng lẻ; hãy kết thúc dòng bằng CR LF.",
                "The request head has a lone CR; end lines with CR LF.",
            ),
            Fault::Zero => ("Phần đầu yêu cầu có byte 0; hãy bỏ byte đó.", "The request head has a zero byte; remove it."),
            Fault::TooLarge => (
                "Phần đầu yêu cầu dài quá 64 KiB; hãy rút gọn địa chỉ, cookie và tiêu đề.",
                "The request head is over 64 KiB; shorten the address, cookies and headers.",
            ),
            Fault::Chunk => {
                ("Thân yêu cầu chia khúc sai dạng; hãy gửi lại.", "The chunked request body is malformed; send the request again.")
            }
            Fault::Slow => ("Phần đầu yêu cầu đến quá chậm; hãy gửi lại.", "The request head came too slowly; send the request again."),
            Fault::SlowBody => (
                "Nội dung gửi lên đến quá chậm nên đã bị ngừng nhận; hãy gửi lại khi đường truyền tốt hơn.",
                "What was sent came too slowly and was no longer waited for; send it again over a better line.",
            ),
        };
        tongue.pick(vi, en)
    }

    /// Whether the head had gone on before the fault was seen, so that the server may have answered already.
    pub(super) fn is_within_body(self) -> bool {
        matches!(self, Fault::Chunk | Fault::SlowBody)
    }

    /// The whole response a client gets for this fault.
    pub(super) fn response(self) -> Vec<u8> {
        let status = match self {
            Fault::Slow | Fault::SlowBody => "408 Request Timeout",
            _ => "400 Bad Request",
        };
        let body = format!("{}\n{}\n", self.text(Tongue::Vi), self.text(Tongue::En));
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
             Connection: close\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nCache-Control: no-store\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}
