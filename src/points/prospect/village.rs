//! Craft villages: no source lists them all, so an administrator brings a list; it says where each line comes from.

use askama::Template;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Act, Actor, Need, Routes};
use crate::db::{DbResult, Tx};
use crate::error::{Both, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, page_key, read_key};
use crate::region::{Region, Today};
use crate::sheet::{self, Limits};
use crate::text::{self, Tongue};
use crate::{clock, execute, fetch_all, fetch_one};

/// Who may see where the list stands.
const KEEPERS: Need = Need::May(Act::ReadVillages);
/// Most villages of one file.
const MOST: usize = 10_000;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/van-dong/lang-nghe", KEEPERS, list).post_files("/van-dong/lang-nghe", Need::May(Act::KeepVillages), import)
}

/// Whether the list of villages is open to somebody.
pub(super) fn may_read(actor: &Actor) -> bool {
    KEEPERS.allows(actor.role())
}

/// A craft village.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Village {
    id: String,
    /// Name as printed.
    pub name: String,
    sort: String,
    /// Unit as recorded.
    pub unit_id: String,
    /// Today's unit, if certain.
    pub unit_today: Option<String>,
    /// Remark, as its title.
    pub note: String,
    /// Where it is said.
    pub source: String,
    /// Points of this kind on their way in its unit.
    pub coming: i64,
}

/// Villages without an operating point of the kind in their unit, and all of them.
pub(super) async fn counts(tx: &mut Tx, unit: &str) -> DbResult<(i64, i64)> {
    fetch_one!(
        tx,
        (i64, i64),
        "select cast(coalesce(sum(case when not exists (select 1 from point_count c where c.unit_id = coalesce(v.unit_today, v.unit_id) and c.kind = 'craft_village'
             and c.state = 'operating' and c.n > 0) then 1 else 0 end), 0) as bigint), count(*)
         from craft_village v where ($1 = '' or v.unit_today = $1 or v.unit_id = $1)",
        unit
    )
}

/// A page of them.
pub(super) async fn without_point(tx: &mut Tx, unit: &str, after: &str, size: i64) -> DbResult<Rows<Village>> {
    let (sort, id) = read_key(after).unwrap_or(("", ""));
    let rows = fetch_all!(
        tx,
        Village,
        "select v.id, v.name, v.sort, v.unit_id, v.unit_today, v.note, v.source,
           (select cast(coalesce(sum(w.n), 0) as bigint) from point_count w where w.unit_id = coalesce(v.unit_today, v.unit_id) and w.kind = 'craft_village'
             and w.state in ('draft', 'nominated', 'returned', 'accepted', 'surveyed', 'selected', 'preparing')) as coming
         from craft_village v where (v.sort, v.id) > ($1, $2) and ($3 = '' or v.unit_today = $3 or v.unit_id = $3)
           and not exists (select 1 from point_count c where c.unit_id = coalesce(v.unit_today, v.unit_id) and c.kind = 'craft_village' and c.state = 'operating' and c.n > 0)
         order by v.sort, v.id limit $4",
        sort,
        id,
        unit,
        size + 1
    )?;
    Ok(slice(rows, after, size))
}

fn slice(rows: Vec<Village>, after: &str, size: i64) -> Rows<Village> {
    Rows::cut(rows, size, after, |row| page_key(&row.sort, &row.id))
}

async fn all(tx: &mut Tx, after: &str, size: i64) -> DbResult<Rows<Village>> {
    let (sort, id) = read_key(after).unwrap_or(("", ""));
    let rows = fetch_all!(
        tx,
        Village,
        "select id, name, sort, unit_id, unit_today, note, source, cast(0 as bigint) as coming from craft_village where (sort, id) > ($1, $2) order by sort, id limit $3",
        sort,
        id,
        size + 1
    )?;
    Ok(slice(rows, after, size))
}

/// Adds a village, or updates the one of that name in that unit.
async fn put(tx: &mut Tx, row: &Read, unit_today: Option<&str>, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into craft_village (id, name, name_fold, sort, unit_id, unit_today, note, source, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (unit_id, name_fold) do update set name = excluded.name, sort = excluded.sort, unit_today = excluded.unit_today, note = excluded.note, source = excluded.source",
        clock::new_id(),
        &row.name,
        text::fold(&row.name),
        text::sort_key(&row.name),
        &row.unit,
        unit_today,
        &row.note,
        &row.source,
        now
    )
}

#[derive(Template)]
#[template(path = "prospect/villages.html")]
struct VillagesPage {
    shell: Shell,
    ask: Ask,
    list: Rows<Village>,
    units: Vec<String>,
    form: Form,
    faults: Vec<String>,
    may_import: bool,
}

async fn page(visit: &Visit, form: Form, faults: Vec<Both>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let ask = Ask::at(visit, "/van-dong/lang-nghe");
    let list = all(&mut tx, ask.get("sau"), ask.size(30)).await?;
    let page = VillagesPage {
        shell: visit.shell("Danh sách làng nghề"),
        units: list
            .rows
            .iter()
            .map(|row| visit.app.region().label_dated(row.unit_today.as_deref().unwrap_or(&row.unit_id), today))
            .collect(),
        ask,
        list,
        form,
        faults: faults.iter().map(|text| text.vi.to_string()).collect(),
        may_import: visit.actor.may(Act::KeepVillages),
    };
    page.form.answer(&page)
}

async fn list(visit: Visit) -> Result<Response> {
    page(&visit, Form::new(Tongue::Vi), Vec::new()).await
}

/// A row that can be written.
struct Read {
    name: String,
    unit: String,
    note: String,
    source: String,
}

/// The column a name in the header stands for.
fn column(name: &str) -> Option<usize> {
    match text::fold(name).as_str() {
        "ten" | "ten lang" | "ten lang nghe" | "lang nghe" | "name" => Some(0),
        "xa phuong" | "xa" | "phuong" | "don vi" | "unit" => Some(1),
        "ghi chu" | "danh hieu" | "note" => Some(2),
        "nguon" | "source" => Some(3),
        _ => None,
    }
}

fn read(bytes: &[u8], file: &str, region: &Region, today: NaiveDate) -> std::result::Result<(Vec<Read>, Vec<Both>), Both> {
    let knows = |names: &[String]| names.iter().filter(|name| column(name).is_some()).count();
    let limits = Limits { rows: MOST, ..Limits::default() };
    let table = sheet::read(bytes, file, &knows, &limits).map_err(Both::from)?;
    let place = |wanted: usize| table.header.iter().position(|name| column(name) == Some(wanted));
    let (Some(name), Some(unit), Some(source)) = (place(0), place(1), place(3)) else {
        return Err(both(
            "Tệp cần các cột: Tên, Xã phường, Nguồn; cột Ghi chú nếu có.",
            "The file needs the columns name, unit and source; note if there is one.",
        ));
    };
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for row in &table.rows {
        let at = |column: usize| text::nfc(row.get(column));
        let mut says =
            |vi: String, en: String| faults.push(both(format!("Dòng {}: {vi}", row.number), format!("Row {}: {en}", row.number)));
        if at(name).is_empty() || at(name).chars().count() > 200 {
            says("hãy ghi tên làng, tối đa 200 ký tự.".into(), "write the name of the village, at most 200 characters.".into());
            continue;
        }
        if at(source).is_empty() {
            says("hãy ghi nguồn (văn bản, ngày).".into(), "write the source (paper, date).".into());
            continue;
        }
        match region.find(&at(unit), None, today) {
            Ok(found) => {
                rows.push(Read { name: at(name), unit: found.id.clone(), note: place(2).map(at).unwrap_or_default(), source: at(source) })
            }
            Err(refusal) => says(refusal.text().vi.into_owned(), refusal.text().en.into_owned()),
        }
    }
    Ok((rows, faults))
}

/// All rows or none.
async fn import(visit: Visit, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let wrong = |text: Both| {
        let mut errors = Errors::default();
        errors.add("file", text);
        Form::with(Fields::default(), errors, Tongue::Vi)
    };
    let Some((_, file, upload)) = sent.files.into_iter().next() else {
        return page(
            &visit,
            wrong(both("Chưa chọn tệp; hãy chọn tệp CSV hoặc Excel (.xlsx).", "No file was chosen; choose a CSV or Excel (.xlsx) file.")),
            Vec::new(),
        )
        .await;
    };
    let app = visit.app.clone();
    let (digest, bytes) = (upload.digest.clone(), upload.bytes().await?);
    let name = file.clone();
    let (rows, mut faults) = match tokio::task::spawn_blocking(move || read(&bytes, &name, app.region(), today)).await? {
        Ok(read) => read,
        Err(text) => return page(&visit, wrong(text), Vec::new()).await,
    };
    if !faults.is_empty() || rows.is_empty() {
        faults.truncate(100);
        return page(
            &visit,
            wrong(both("Chưa ghi gì: tệp có dòng sai hoặc không có dòng nào.", "Nothing was written: the file has wrong rows, or none.")),
            faults,
        )
        .await;
    }
    let mut tx = visit.app.db().write().await?;
    if sent.fields.is_on("replace") {
        execute!(&mut tx, "delete from craft_village")?;
    }
    for row in &rows {
        let unit_today = match visit.app.region().today(&row.unit, None, today) {
            Today::Known(unit) => Some(unit),
            Today::Unclear(_) => None,
        };
        put(&mut tx, row, unit_today.as_deref(), now).await?;
    }
    let detail = serde_json::json!({"file": file, "digest": digest, "rows": rows.len(), "replace": sent.fields.is_on("replace"), "note": format!("{} làng nghề", rows.len())});
    Note::of("import_villages", ("craft_village", "all"), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/van-dong/lang-nghe", "da-luu"))
}
