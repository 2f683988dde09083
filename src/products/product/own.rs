//! What a producer has to know of its own certificates, on its page of work: the mails of the clock, for whoever reads none too.

use chrono::{Days, NaiveDate};

use super::model::State;
use super::notice_days;
use crate::access::Voice;
use crate::db::Tx;
use crate::error::Result;
use crate::fetch_all;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::text::{Tongue, date_vi};

/// Days for which a certificate that lapsed or was taken back stays on the page.
const AFTER: u64 = 180;
const MOST: i64 = 31;

#[derive(Clone, Debug, sqlx::FromRow)]
struct Own {
    id: String,
    name: String,
    state: State,
    valid_to: Option<NaiveDate>,
}

/// Certificates that end within the time of the first notice, have lapsed or were taken back.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let today = visit.app.clock().today();
    let Some(body) = visit.actor.body_id().filter(|_| visit.actor.is(Voice::Business) && visit.actor.confirmed) else {
        return Ok(Vec::new());
    };
    let first = notice_days(tx, today).await?.into_iter().max().and_then(|days| u64::try_from(days).ok()).unwrap_or_default();
    let (from, until) = (today - Days::new(AFTER), today + Days::new(first + 1));
    let rows = fetch_all!(
        tx,
        Own,
        "select id, name, state, valid_to from product where producer_id = $1 and valid_to is not null and (state = 'live' and valid_to <= $2 or state in ('lapsed', 'withdrawn') and valid_to >= $3)
         order by valid_to, id limit $4",
        body,
        until,
        from,
        MOST
    )?;
    let row = |own: Own| {
        let last = own.valid_to.and_then(|day| day.pred_opt());
        let place = match (own.state, last) {
            (State::Live, Some(day)) => format!("giấy chứng nhận đến hết {}: xem việc đánh giá lại ở trang sản phẩm", date_vi(day)),
            (State::Withdrawn, _) => "giấy chứng nhận đã bị thu hồi: không dùng nhãn, tem OCOP; lý do ở trang sản phẩm".to_owned(),
            (_, Some(day)) => format!("giấy chứng nhận hết hiệu lực sau {}: không dùng nhãn, tem OCOP", date_vi(day)),
            (_, None) => String::new(),
        };
        TodoRow {
            due: last.filter(|_| own.state == State::Live),
            since: own.valid_to.filter(|_| own.state != State::Live),
            title: own.name,
            href: format!("/san-pham-ocop/{}", own.id),
            place,
            chip: Some((
                own.state.tone(),
                if own.state == State::Live { "sắp hết hạn".to_owned() } else { own.state.name(Tongue::Vi).to_owned() },
            )),
        }
    };
    let count = rows.len() as i64;
    Ok(vec![Todo {
        id: "own-certificates",
        title: "Giấy chứng nhận sắp hết hạn, đã hết hạn hoặc bị thu hồi".into(),
        count,
        rows: rows.into_iter().take(30).map(row).collect(),
        all: "/san-pham-ocop".into(),
        deed: "Cần đánh giá lại",
        whose: Whose::Do,
    }])
}

#[cfg(test)]
mod tests {
    use chrono::{Days, Months};

    use crate::access::Role;
    use crate::store_test;
    use crate::testing::{TestApp, begin_day};

    store_test! {
        async fn a_producer_that_reads_no_mail_sees_what_becomes_of_its_certificates(app: TestApp) {
            let today = begin_day();
            let ends = |left: u64| today + Days::new(left) - Months::new(36);
            for (code, from) in [("OWN-SOON", ends(60)), ("OWN-GONE", ends(0) - Days::new(30)), ("OWN-LONG", today - Days::new(30))] {
                app.add_product(code, Some((3, from)), |product| product.producer_id = Some("demo-coso".into())).await;
            }
            app.add_product("OTHER", Some((3, ends(60))), |_| {}).await;
            let page = app.sign_in(Role::BUSINESS).await.get("/viec").await.expect(200).says("Sản phẩm OWN-SOON").says("sắp hết hạn").says("Sản phẩm OWN-GONE").says("không dùng nhãn, tem OCOP");
            assert!(!page.body.contains("OWN-LONG") && !page.body.contains("OTHER"));
            assert!(!app.sign_in(Role::COMMUNE).await.get("/viec").await.expect(200).body.contains("id=\"own-certificates\""), "it is the producer's");
        }
    }
}
