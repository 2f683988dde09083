//! How often one address may ask the pages that machines read.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use crate::error::{Refusal, Result, both};
use crate::state::{App, Caller};

/// Counts a request of this caller in a bucket; over `feed_requests_per_minute` it is refused with the time to wait.
pub async fn slow_down(app: &App, caller: &Caller, bucket: &'static str) -> Result<()> {
    let now = app.clock().now();
    let most = most(app, now).await?;
    app.limits().take(bucket, &caller.0, most, now).map_err(|wait| {
        Refusal::rule(
            "too-many-requests",
            both(
                format!("Địa chỉ của bạn đã đọc quá {most} lượt trong một phút."),
                format!("Your address made more than {most} requests in one minute."),
            ),
            both(
                format!("Hãy chờ {wait} giây rồi đọc tiếp; không có dữ liệu nào bị mất. Dùng ETag và nhịp đọc thưa hơn."),
                format!("Wait {wait} second(s) and go on; nothing is lost. Use ETag and ask less often."),
            ),
        )
        .with_status(StatusCode::TOO_MANY_REQUESTS)
        .after(wait)
        .into()
    })
}

/// The number in force, read from the store at most once a second, so that all nodes keep to it soon.
async fn most(app: &App, now: DateTime<Utc>) -> Result<u32> {
    let most = match app.limits().known_most(now) {
        Some(most) => most,
        None => {
            let mut tx = app.db().read().await?;
            let most = super::value(&mut tx, "feed_requests_per_minute", app.clock().today()).await?;
            app.limits().note_most(most, now);
            most
        }
    };
    Ok(most.clamp(1, i64::from(u32::MAX)) as u32)
}
