//! One error type. A refusal says what happened and what to do, in both languages; internals are logged, never shown.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::text::Tongue;

/// A text in both languages of the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    /// Vietnamese.
    pub vi: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Both {
    /// The text in one language.
    pub fn get(&self, lang: Tongue) -> &str {
        match lang {
            Tongue::Vi => &self.vi,
            Tongue::En => &self.en,
        }
    }
}

/// Both languages at once.
pub fn both(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Both {
    Both { vi: vi.into(), en: en.into() }
}

macro_rules! told {
    ($($fault:ty),*) => {$(
        impl From<$fault> for Both {
            fn from(fault: $fault) -> Both {
                both(fault.text(Tongue::Vi), fault.text(Tongue::En))
            }
        }
    )*};
}
told!(crate::text::DateError, crate::text::TaxCodeError, crate::text::PhoneError);

/// A clear no: what happened and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable name for programs, kebab case.
    pub code: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// What happened.
    pub what: Both,
    /// What to do.
    pub todo: Both,
    /// Seconds to wait, if it is a matter of time.
    pub wait: Option<i64>,
    /// What is wrong with which field, where there are fields.
    pub fields: Vec<(String, Both)>,
}

impl Refusal {
    /// A refusal of a well-formed request that the rules do not allow now (409).
    pub fn rule(code: &'static str, what: Both, todo: Both) -> Refusal {
        Refusal { code, status: StatusCode::CONFLICT, what, todo, wait: None, fields: Vec::new() }
    }

    /// The same with another status.
    pub fn with_status(mut self, status: StatusCode) -> Refusal {
        self.status = status;
        self
    }

    /// The same with the seconds to wait (`Retry-After`).
    pub fn after(mut self, seconds: i64) -> Refusal {
        self.wait = Some(seconds);
        self
    }

    /// The same, naming what is wrong with which field.
    pub fn with_fields(mut self, fields: Vec<(String, Both)>) -> Refusal {
        self.fields = fields;
        self
    }

    /// The thing does not exist, or the reader may not know that it does.
    pub fn not_found() -> Refusal {
        Refusal::rule(
            "not-found",
            both("Không tìm thấy trang hoặc hồ sơ này.", "This page or record was not found."),
            both("Hãy kiểm tra lại đường dẫn, hoặc trở về trang chủ để tìm.", "Check the address, or search from the home page."),
        )
        .with_status(StatusCode::NOT_FOUND)
    }

    /// Signed in, but not allowed.
    pub fn forbidden() -> Refusal {
        Refusal::rule(
            "forbidden",
            both("Vai trò hiện tại không được làm việc này.", "Your present role may not do this."),
            both(
                "Hãy đổi vai trò ở góc trên, hoặc đề nghị quản trị viên cấp quyền.",
                "Switch roles at the top, or ask an administrator for the right.",
            ),
        )
        .with_status(StatusCode::FORBIDDEN)
    }

    /// What happened and what to do, in one text.
    pub fn text(&self) -> Both {
        both(format!("{} {}", self.what.vi, self.todo.vi), format!("{} {}", self.what.en, self.todo.en))
    }

    /// Somebody else changed the thing in the meantime.
    pub fn stale() -> Refusal {
        Refusal::rule(
            "stale",
            both(
                "Hồ sơ vừa được người khác thay đổi; thao tác của bạn chưa được ghi.",
                "Somebody else has just changed this record; your action was not saved.",
            ),
            both(
                "Hãy mở lại hồ sơ để xem trạng thái mới, rồi làm lại nếu còn cần.",
                "Open the record again to see its present state, then repeat if still needed.",
            ),
        )
    }

    /// The form has errors that are shown at its fields.
    pub fn invalid(what: Both) -> Refusal {
        Refusal::rule("invalid", what, both("Hãy sửa các mục được nêu rồi gửi lại.", "Correct the items named and send again."))
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Too many tries.
    pub fn slow_down(seconds: i64) -> Refusal {
        let minutes = (seconds + 59) / 60;
        Refusal::rule(
            "slow-down",
            both("Bạn đã thử quá nhiều lần.", "Too many attempts."),
            both(format!("Hãy chờ {minutes} phút rồi thử lại."), format!("Wait {minutes} minute(s), then try again.")),
        )
        .with_status(StatusCode::TOO_MANY_REQUESTS)
        .after(seconds)
    }
}

/// What a handler may fail with.
#[derive(Debug)]
pub enum Error {
    /// Shown to the reader.
    Refused(Box<Refusal>),
    /// The same form was taken before; this is where it led.
    Answered(String),
    /// Logged under the request number; the reader sees only that number.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// Result of handlers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(Box::new(refusal))
    }
}

macro_rules! internal {
    ($($kind:ty),* $(,)?) => {
        $(impl From<$kind> for Error {
            fn from(error: $kind) -> Self {
                Error::Internal(Box::new(error))
            }
        })*
    };
}
internal!(
    std::io::Error,
    serde_json::Error,
    askama::Error,
    crate::db::MigrateError,
    lettre::error::Error,
    tokio::task::JoinError,
    object_store::Error
);

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls};
        if !matches!(error, PoolTimedOut | PoolClosed | Io(_) | Tls(_)) {
            return Error::Internal(Box::new(error));
        }
        tracing::error!(%error, "the store does not answer");
        Refusal::rule(
            "store-gone",
            both(
                "Kho dữ liệu đang không trả lời; việc bạn vừa làm chưa được ghi.",
                "The store does not answer now; what you just did was not saved.",
            ),
            both(
                "Hãy thử lại sau một phút. Quản trị viên: kiểm tra máy chủ cơ sở dữ liệu và OCOP_DATABASE_URL.",
                "Try again in a minute. Administrators: check the database server and OCOP_DATABASE_URL.",
            ),
        )
        .with_status(StatusCode::SERVICE_UNAVAILABLE)
        .after(60)
        .into()
    }
}

impl Error {
    /// Wraps a text for the log.
    pub fn internal(text: impl Into<String>) -> Error {
        Error::Internal(text.into().into())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Refused(refusal) => write!(f, "{} {}", refusal.what.vi, refusal.todo.vi),
            Error::Answered(path) => write!(f, "{path}"),
            Error::Internal(error) => write!(f, "{error}"),
        }
    }
}

/// Put on a response so that the outermost layer renders it in the reader's format and language.
#[derive(Clone, Debug)]
pub struct Failed(pub Refusal);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let refusal = match self {
            Error::Refused(refusal) => *refusal,
            Error::Answered(path) => return (StatusCode::SEE_OTHER, [(axum::http::header::LOCATION, path)]).into_response(),
            Error::Internal(error) => {
                tracing::error!(%error, "internal error");
                Refusal::rule(
                    "internal",
                    both("Hệ thống gặp lỗi; việc bạn vừa làm chưa được ghi.", "The system failed; what you just did was not saved."),
                    both(
                        "Hãy thử lại sau ít phút. Nếu vẫn lỗi, báo quản trị viên số yêu cầu dưới đây.",
                        "Try again in a few minutes. If it fails again, give the administrator the request number below.",
                    ),
                )
                .with_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        };
        let mut response = refusal.status.into_response();
        if let Some(wait) = refusal.wait {
            response.headers_mut().insert("retry-after", axum::http::HeaderValue::from(wait.max(1)));
        }
        response.extensions_mut().insert(Failed(refusal));
        response
    }
}
