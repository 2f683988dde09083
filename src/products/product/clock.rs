//! What the clock alone brings about: notices before a certificate ends, each with what can be done that day, its lapse, the
//! end of its running on, the beginning of one entered ahead.
//! Each part may run again on one day and does nothing the second time.

use askama::Template;

use chrono::{Days, NaiveDate};

use super::model::{Certificate, KEEPER, Product, State};
use super::{regrading, store, term};
use crate::access::{Act, Of, Readers, Voice};
use crate::db::{DbResult, Tx, fact};
use crate::error::Result;
use crate::journal::Note;
use crate::mail::{Gathered, Lines};
use crate::state::App;
use crate::text::date_vi;
use crate::{execute, fetch_all, job, setting};

/// The dated numbers of days at which notices go out, the earliest first.
const NOTICES: [&str; 3] = ["certificate_notice_first", "certificate_notice_second", "certificate_notice_last"];
/// Products looked at in one transaction.
const ROWS: i64 = 300;
/// Lines of one letter; the list says the rest.
const LINES: usize = 100;

/// The day's work of this slice.
pub async fn daily(app: &App) -> Result<()> {
    begin(app).await?;
    lapse(app).await?;
    tell_running(app).await?;
    notify(app).await
}

/// The days before a last day at which notices go out, the largest first: those that are set, and those on which the time for
/// filing begins and ends.
pub async fn notice_days(tx: &mut Tx, on: NaiveDate) -> DbResult<Vec<i64>> {
    let mut days: Vec<i64> = term::regrading_on(on).into_iter().flat_map(|rule| [rule.opens as i64, rule.closes as i64]).collect();
    for name in NOTICES {
        days.push(setting::value(tx, name, on).await?);
    }
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    Ok(days)
}

#[derive(Template)]
#[template(path = "product/letter_products.txt", whitespace = "preserve")]
struct ProductsLetter<'a> {
    head: &'a str,
    lines: Lines,
    base: &'a str,
    all: &'a str,
}

/// Sends letters about products, a line each; `head` says what they have in common, behind `all` lie all of them.
pub(super) async fn send(tx: &mut Tx, app: &App, letters: Gathered, subject: &str, head: &str, all: &str) -> Result<()> {
    let say = |lines: Lines| (subject.to_owned(), ProductsLetter { head, lines, base: &app.config().base_url, all });
    Ok(letters.send(tx, app.clock().now(), LINES, say).await?)
}

/// Who is told of a product: its producer, its commune, the keepers of the register.
pub(super) async fn around(tx: &mut Tx, product: &Product, today: NaiveDate) -> DbResult<Readers> {
    let mut readers = Readers::find(tx, Voice::Business, product.producer_id.as_deref().map(Of::Body), today).await?;
    readers.add(tx, Voice::Commune, product.unit_today.as_deref().map(Of::Unit), today).await?;
    readers.add(tx, Act::KeepProducts, Of::Power(KEEPER), today).await?;
    Ok(readers)
}

/// Certificates that were entered ahead begin on their day.
async fn begin(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let last = fact::find(&mut tx, "product_day").await?.and_then(|day| day.parse().ok());
    if let Some(last) = last.filter(|last| *last < today) {
        for id in store::beginning(&mut tx, last, today).await? {
            if let Some(product) = store::find(&mut tx, &id).await? {
                store::restamp(&mut tx, &product, today, now).await?;
            }
        }
    }
    fact::put(&mut tx, "product_day", &today.to_string()).await?;
    tx.commit().await?;
    Ok(())
}

/// To whom a file for re-grading of a product is handed.
pub(super) fn commune_of(app: &App, product: &Product) -> String {
    let unit = product.unit_today.as_deref().and_then(|id| app.region().get(id));
    unit.map_or_else(|| "UBND cấp xã nơi sản xuất".to_owned(), |unit| format!("UBND {}", lower_first(&unit.full_name)))
}

pub(super) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// Certificates that ended: the product's row says so from this morning, everybody around it is told. Whoever shows it is
/// told by the job that the change queues.
async fn lapse(app: &App) -> Result<()> {
    let (now, today, base) = (app.clock().now(), app.clock().today(), &app.config().base_url);
    loop {
        let mut tx = app.db().write().await?;
        let products = store::lapsing(&mut tx, today, ROWS).await?;
        if products.is_empty() {
            return Ok(());
        }
        let (mut ended, mut ran_out) = (Gathered::default(), Gathered::default());
        let ids: Vec<&str> = products.iter().map(|product| product.id.as_str()).collect();
        let papers = store::certificates_of(&mut tx, &ids).await?;
        for product in &products {
            let after = store::restamp(&mut tx, product, today, now).await?;
            if after.state == State::Live {
                continue;
            }
            let people = around(&mut tx, product, today).await?;
            let paper = papers.get(&product.id).and_then(|papers| super::model::standing(papers, today).certificate);
            let last = product.valid_to.and_then(|day| day.pred_opt()).map(date_vi).unwrap_or_default();
            let link = format!("{base}/san-pham-ocop/{}", product.id);
            let verb = match paper.filter(|paper| paper.runs_until().is_some()) {
                Some(paper) => {
                    let line = format!(
                        "- {}: giấy chứng nhận hết hạn ngày {}, kéo dài đến hết ngày {last}; hồ sơ đánh giá lại số {} chưa có kết quả\n  {link}",
                        product.titled(),
                        date_vi(paper.last_day()),
                        paper.file_no
                    );
                    ran_out.add(people, &line);
                    "end_run_on"
                }
                None => {
                    let todo = paper.map(|paper| regrading::to_do(paper, rule_for(paper, today), &commune_of(app, product), today));
                    ended.add(
                        people,
                        &format!(
                            "- {} (hết hiệu lực sau ngày {last}){}\n  {link}",
                            product.titled(),
                            todo.map(|todo| format!("; {todo}")).unwrap_or_default()
                        ),
                    );
                    "lapse_product"
                }
            };
            job::queue(&mut tx, now, super::withdrawal::ENDED_JOB, &product.id, "system").await?;
            Note::of(verb, ("product", &product.id), serde_json::json!({"set": {"state": after.state.word()}}))
                .by_name(&mut tx, now, ("system", "Hệ thống"))
                .await?;
        }
        let head = "Giấy chứng nhận OCOP của các sản phẩm sau đã hết hiệu lực; không được in, gắn hạng sao OCOP và phải gỡ khỏi kệ OCOP cho đến khi được đánh giá, phân hạng lại:";
        send(&mut tx, app, ended, "Giấy chứng nhận OCOP hết hiệu lực", head, "/san-pham-ocop?state=lapsed").await?;
        let head = "Giấy chứng nhận OCOP của các sản phẩm sau đã hết thời gian kéo dài trong khi đánh giá lại; từ hôm nay không được in, gắn hạng sao OCOP và phải gỡ khỏi kệ OCOP cho đến khi có giấy chứng nhận mới:";
        send(&mut tx, app, ran_out, "Hết thời gian kéo dài giấy chứng nhận OCOP", head, "/san-pham-ocop?state=lapsed").await?;
        tx.commit().await?;
        app.wake();
    }
}

/// The rule of re-grading that speaks of a certificate on a day.
pub(super) fn rule_for(certificate: &Certificate, today: NaiveDate) -> Option<&'static term::Regrading> {
    term::regrading(certificate.last_day()).filter(|rule| rule.from <= today)
}

/// A product with the certificate that a letter is about.
#[derive(sqlx::FromRow)]
struct Ending {
    #[sqlx(flatten)]
    product: Product,
    certificate_id: String,
}

async fn mark_told(tx: &mut Tx, certificate_id: &str, days: i64, today: NaiveDate) -> DbResult<u64> {
    execute!(
        tx,
        "insert into certificate_notice (certificate_id, days, sent_on) values ($1, $2, $3) on conflict (certificate_id, days) do nothing",
        certificate_id,
        days,
        today
    )
}

/// Certificates whose own last day has passed and that run on: everybody around is told once, as notice of day 0.
async fn tell_running(app: &App) -> Result<()> {
    let today = app.clock().today();
    loop {
        let mut tx = app.db().write().await?;
        let running = fetch_all!(
            &mut tx,
            Ending,
            "select p.*, c.id as certificate_id from certificate c join product p on p.id = c.product_id and p.valid_to = c.runs_to
             where c.runs_to is not null and c.valid_to <= $1 and c.runs_to > $1 and c.withdrawn_on is null and p.state = 'live'
               and not exists (select 1 from certificate_notice n where n.certificate_id = c.id and n.days = 0)
             order by c.valid_to, c.id limit $2",
            today,
            ROWS
        )?;
        if running.is_empty() {
            return Ok(());
        }
        let mut letters = Gathered::default();
        for Ending { product, certificate_id } in &running {
            mark_told(&mut tx, certificate_id, 0, today).await?;
            let people = around(&mut tx, product, today).await?;
            let Some(paper) = store::certificate(&mut tx, certificate_id).await? else { continue };
            let todo = regrading::to_do(&paper, rule_for(&paper, today), &commune_of(app, product), today);
            letters.add(
                people,
                &format!(
                    "- {}: ngày cuối in trên giấy là {}; {todo}\n  {}/san-pham-ocop/{}",
                    product.titled(),
                    date_vi(paper.last_day()),
                    app.config().base_url,
                    product.id
                ),
            );
        }
        let head = "Giấy chứng nhận OCOP của các sản phẩm sau đã qua ngày cuối và được kéo dài trong khi đánh giá lại. Trong thời gian này chủ thể chịu trách nhiệm về sản phẩm theo đúng bộ tiêu chí và hồ sơ đã được công nhận:";
        send(&mut tx, app, letters, "Giấy chứng nhận OCOP được kéo dài trong khi đánh giá lại", head, "/san-pham-ocop?state=live").await?;
        tx.commit().await?;
        app.wake();
    }
}

/// Notices before the end; each goes out once. A product that comes late gets the one that fits, not those that were missed.
async fn notify(app: &App) -> Result<()> {
    let today = app.clock().today();
    let mut tx = app.db().read().await?;
    let days = notice_days(&mut tx, today).await?;
    drop(tx);
    for (place, wanted) in days.iter().enumerate() {
        // counted from the last day; the row has the day after it
        let bound = |days: i64| today + Days::new(days.max(0) as u64 + 1);
        let after = days.get(place + 1).map_or(today, |next| bound(*next));
        loop {
            let mut tx = app.db().write().await?;
            let ending = fetch_all!(
                &mut tx,
                Ending,
                "select p.*, c.id as certificate_id from product p join certificate c on c.product_id = p.id and c.valid_to = p.valid_to and c.withdrawn_on is null
                 where p.state = 'live' and p.valid_to > $1 and p.valid_to <= $2
                   and not exists (select 1 from certificate_notice n where n.certificate_id = c.id and n.days = $3)
                 order by p.valid_to, p.id, c.id limit $4",
                after,
                bound(*wanted),
                wanted,
                ROWS
            )?;
            if ending.is_empty() {
                break;
            }
            let mut letters = Gathered::default();
            for Ending { product, certificate_id } in &ending {
                mark_told(&mut tx, certificate_id, *wanted, today).await?;
                let people = around(&mut tx, product, today).await?;
                let Some(paper) = store::certificate(&mut tx, certificate_id).await? else { continue };
                let (last, todo) = (paper.last_day(), regrading::to_do(&paper, rule_for(&paper, today), &commune_of(app, product), today));
                let left = (last - today).num_days();
                letters.add(
                    people,
                    &format!(
                        "- {}: có giá trị đến hết ngày {} (còn {left} ngày); {todo}\n  {}/san-pham-ocop/{}",
                        product.titled(),
                        date_vi(last),
                        app.config().base_url,
                        product.id
                    ),
                );
            }
            let head = format!(
                "Giấy chứng nhận OCOP của các sản phẩm sau sắp hết hạn (báo trước {wanted} ngày). Việc làm được hôm nay ghi ở từng sản phẩm:"
            );
            send(&mut tx, app, letters, "Giấy chứng nhận OCOP sắp hết hạn", &head, "/san-pham-ocop/het-han").await?;
            tx.commit().await?;
            app.wake();
        }
    }
    Ok(())
}
