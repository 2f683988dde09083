//! The screen of preparation and the forms on it: items, deadlines, support, ceremony.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Done, May, Preparation, Section, SignCheck, Support};
use super::{store, tick};
use crate::access::papers;
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Error, Refusal, Result, both};
use crate::file::{self, Attachment, Kept, Paper};
use crate::journal::Note;
use crate::law::ChecklistItem;
use crate::law::money::Money;
use crate::page::{Choice, Errors, Field, Fields, Form, Sent, Shell, Visit, go, html};
use crate::point::{self, Point, State, Step};
use crate::text::{Tongue, date_vi};
use crate::typed;
use crate::{duty, plan};

/// Those who may change a preparation at all; rows and states narrow it.
pub(super) const DOERS: Need = Need::May(Act::Prepare);
/// Those who may govern it.
pub(super) const GOVERNORS: Need = Need::May(Act::GovernPreparation);

/// Longest line and longest text.
const LINE: usize = 300;
const TEXT: usize = 2_000;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/chuan-bi", Need::Rows, show).post("/ho-so/{id}/chuan-bi/cam-ket", GOVERNORS, settle).post_files(
        "/ho-so/{id}/chuan-bi/le",
        DOERS,
        celebrate,
    )
}

/// An item of the checklist on the page.
struct Item {
    item: ChecklistItem,
    done: Done,
    sign: Option<SignCheck>,
    is_ready: bool,
    lack: String,
    pictures: Vec<Attachment>,
    papers: Vec<Paper>,
    is_open: bool,
    mark: String,
    is_ticked: bool,
    date: String,
    error: String,
    by: Field,
    note: Field,
    sides: Vec<Field>,
    files: Field,
    /// Where what feeds it is recorded.
    page: Option<(String, &'static str)>,
}

impl Item {
    fn rules(&self) -> String {
        self.item.ratios.join(" hoặc ").replace('.', ",")
    }

    fn tolerance(&self) -> String {
        format!("{}%", self.item.tolerance_percent).replace('.', ",")
    }
}

#[derive(Template)]
#[template(path = "preparation/show.html")]
struct ShowPage {
    shell: Shell,
    point: Point,
    preparation: Option<Preparation>,
    may: May,
    form: Form,
    dues: Vec<Choice>,
    shared: Vec<Choice>,
    sources: Vec<Choice>,
    parts: Vec<(&'static str, Vec<Item>)>,
    ready: usize,
    required: usize,
    support: Vec<Support>,
    totals: Vec<(&'static str, i64)>,
    sum: i64,
    /// Until when the operator or its support is bound.
    commitment: Option<NaiveDate>,
    ceremony: Vec<Attachment>,
    ceremony_papers: Vec<Paper>,
    missing: Vec<(String, String)>,
    days_left: String,
    is_late: bool,
    deadlines: Vec<duty::Deadline>,
    today: NaiveDate,
    part: String,
    /// Papers that the checklist names: id, number.
    instruments: Vec<(String, String)>,
}

impl ShowPage {
    fn picks(&self) -> Vec<Choice> {
        std::iter::once((String::new(), "Không theo hạn nào dưới đây".to_owned())).chain(self.dues.iter().cloned()).collect()
    }

    fn ready_of(&self, items: &[Item]) -> usize {
        items.iter().filter(|item| item.is_ready).count()
    }

    fn may_support(&self) -> bool {
        self.may.govern && self.point.state == State::Preparing
    }

    fn source(&self, word: &str) -> &'static str {
        crate::law::money::name(word)
    }

    fn reason(&self, support: &str) -> String {
        format!("reason-{support}")
    }

    /// Number of a paper, with the part that was struck out in it.
    fn paper(&self, id: &str) -> (String, String) {
        let number = self.instruments.iter().find(|(known, _)| known == id).map_or(id, |(_, number)| number.as_str());
        match number.strip_prefix("~~").and_then(|rest| rest.split_once("~~")) {
            Some((struck, rest)) => (struck.to_owned(), rest.to_owned()),
            None => (String::new(), number.to_owned()),
        }
    }
}

/// What a form sent, to be shown again with its errors.
pub(super) struct Again<'a> {
    /// Part of the page.
    pub part: &'a str,
    /// What was typed.
    pub fields: Fields,
    /// What is wrong with it.
    pub errors: Errors,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    html(&page(&mut tx, &visit, &id, visit.query.get("muc"), None).await?)
}

/// Shows the page again: what was typed is kept, the rest is fresh.
pub(super) async fn again(visit: &Visit, id: &str, again: Again<'_>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let page = page(&mut tx, visit, id, again.part, Some((again.fields, again.errors))).await?;
    page.form.answer(&page)
}

/// The error of a form that was made from an older state.
pub(super) fn stale(fields: Fields, part: &str) -> Again<'_> {
    let mut errors = Errors::default();
    errors.clash(
        "",
        both(
            "Người khác vừa thay đổi hồ sơ này nên thao tác của bạn chưa được ghi. Trang đã có dữ liệu mới, mục bạn nhập vẫn còn: hãy xem lại rồi gửi lại.",
            "Somebody else has just changed this record, so your action was not saved. The page is fresh and what you typed is kept: look again and send again.",
        ),
    );
    Again { part, fields, errors }
}

pub(super) fn wrong<'a>(fields: Fields, part: &'a str, errors: Errors) -> Again<'a> {
    Again { part, fields, errors }
}

/// Why this caller cannot change this preparation.
pub(super) fn refusal(point: &Point) -> Refusal {
    match point.state {
        State::Selected | State::Preparing => Refusal::forbidden(),
        state => Refusal::rule(
            "preparation-closed",
            both(
                format!("Điểm đang ở trạng thái “{}”; phần chuẩn bị chỉ còn để đọc.", state.name(Tongue::Vi)),
                format!("The point is “{}”; its preparation can only be read.", state.name(Tongue::En)),
            ),
            both("Hãy mở lại hồ sơ để xem các bước có thể làm.", "Open the record again to see the steps it allows."),
        ),
    }
}

/// The preparation of a point in the caller's scope.
pub(super) async fn ground(tx: &mut Tx, visit: &Visit, id: &str) -> Result<(Point, Preparation)> {
    let point = point::load(tx, visit, id).await?;
    match store::find(tx, id).await? {
        Some(preparation) => Ok((point, preparation)),
        None => Err(refusal(&point).into()),
    }
}

async fn page(tx: &mut Tx, visit: &Visit, id: &str, part: &str, typed: Option<(Fields, Errors)>) -> Result<ShowPage> {
    let today = visit.app.clock().today();
    let list = visit.app.checklist();
    let point = point::load(tx, visit, id).await?;
    let preparation = store::find(tx, id).await?;
    if preparation.is_none() && point.state != State::Selected {
        return Err(Refusal::rule(
            "not-selected",
            both(
                format!("Hồ sơ đang ở trạng thái “{}” và không có phần chuẩn bị.", point.state.name(Tongue::Vi)),
                format!("The record is “{}” and has no preparation.", point.state.name(Tongue::En)),
            ),
            both("Việc chuẩn bị bắt đầu sau khi lãnh đạo Sở lựa chọn điểm.", "Preparation begins once a leader has selected the point."),
        )
        .into());
    }
    let done = store::done(tx, id).await?;
    let pictures = file::of(tx, "preparation", id).await?;
    let papers = papers::of(tx, "preparation", id).await?;
    let deadlines = duty::store::deadlines(tx, id).await?;
    let support = store::support(tx, id).await?;
    let may = May::of(&visit.actor, &point);
    let mut fields = Fields::default();
    if let Some(preparation) = &preparation {
        for (name, day) in [("commitment_to", preparation.commitment_to), ("ceremony_on", preparation.ceremony_on)] {
            fields.set(name, day.map(date_vi).unwrap_or_default());
        }
        fields.set("shared_sellers", if preparation.shared_sellers { "yes" } else { "no" });
        fields.set("ceremony_place", preparation.ceremony_place.clone());
        fields.set("ceremony_guests", preparation.ceremony_guests.clone());
    }
    let shared_sellers = preparation.as_ref().is_some_and(|preparation| preparation.shared_sellers);
    for section in [Section::Prepare, Section::Open] {
        for item in section.items(&list, shared_sellers) {
            let known = done.iter().find(|done| done.section == section.word() && done.item_id == item.id);
            tick::fill(&mut fields, &item.id, known, today);
        }
    }
    // the day on which the ceremony took place is the day of the opening, unless somebody says otherwise
    let ceremony_on = list
        .opening_item
        .iter()
        .find(|item| item.fed_by == "opening")
        .and_then(|item| done.iter().find(|done| done.section == "open" && done.item_id == item.id))
        .and_then(|done| done.done_on);
    let opened_on = ceremony_on.or(preparation.as_ref().and_then(|preparation| preparation.ceremony_on).filter(|day| *day <= today));
    fields.set("opened_on", opened_on.map(date_vi).unwrap_or_default());
    let (sent, errors) = typed.unwrap_or_default();
    for (name, value) in sent.pairs() {
        fields.set(name, value.clone());
    }
    let form = Form::with(fields, errors, Tongue::Vi);
    let photos = |item: &str| pictures.iter().filter(|picture| picture.field == item).count();
    let lacking = if preparation.is_some() { model::missing(&list, shared_sellers, &done, photos) } else { Vec::new() };
    let (ready, required) = model::progress(&list, shared_sellers, &done, photos);
    let mut parts = Vec::new();
    if preparation.is_some() {
        for (section, title) in [(Section::Prepare, "Việc chuẩn bị"), (Section::Open, "Việc của lễ khai trương")] {
            let items = section
                .items(&list, shared_sellers)
                .into_iter()
                .map(|item| view(&point, section, item, &done, (&pictures, &papers), &form, part))
                .collect();
            parts.push((title, items));
        }
    }
    let dues = if preparation.is_none() {
        plan::deadlines(tx, "opening", today)
            .await?
            .into_iter()
            .map(|due| (format!("{}/{}", due.plan_id, due.id), format!("{} – {} ({})", date_vi(due.due_on), due.text, due.source)))
            .collect()
    } else {
        Vec::new()
    };
    let left = duty::nearest(&deadlines).map(|day| (day - today).num_days());
    Ok(ShowPage {
        shell: visit.shell(&format!("Chuẩn bị: {}", point.name)),
        may,
        dues,
        shared: vec![
            ("yes".to_owned(), "Có, nhiều hộ hoặc cơ sở cùng bán tại điểm".to_owned()),
            ("no".to_owned(), "Không, một đơn vị bán".to_owned()),
        ],
        sources: std::iter::once((String::new(), "Chọn nguồn".to_owned()))
            .chain(Money::offered("point", visit.app.clock().today()).map(|source| (source.word().to_owned(), source.name().to_owned())))
            .collect(),
        parts,
        ready,
        required,
        totals: model::totals(&support),
        commitment: support
            .iter()
            .filter_map(|line| line.commitment_to)
            .max()
            .max(preparation.as_ref().and_then(|preparation| preparation.commitment_to)),
        sum: support.iter().map(|line| line.amount).sum(),
        support,
        missing: lacking.into_iter().map(|(item, text)| (item, text.get(Tongue::Vi).to_owned())).collect(),
        days_left: match left {
            None => String::new(),
            Some(0) => "hôm nay là hạn".to_owned(),
            Some(days) if days > 0 => format!("còn {days} ngày"),
            Some(days) => format!("quá hạn {} ngày", -days),
        },
        is_late: left.is_some_and(|days| days < 0) && point.state == State::Preparing,
        ceremony_papers: papers.into_iter().filter(|paper| paper.field == "ceremony").collect(),
        ceremony: pictures.into_iter().filter(|picture| picture.field == "ceremony").collect(),
        deadlines: deadlines.into_iter().filter(|deadline| deadline.stands()).collect(),
        today,
        part: part.to_owned(),
        instruments: crate::rule::store::instruments(tx).await?.into_iter().map(|paper| (paper.id, paper.number)).collect(),
        preparation,
        form,
        point,
    })
}

fn view(
    point: &Point,
    section: Section,
    item: &ChecklistItem,
    done: &[Done],
    (pictures, papers): (&[Attachment], &[Paper]),
    form: &Form,
    part: &str,
) -> Item {
    let name = |field: &str| tick::name(field, &item.id);
    let pictures: Vec<Attachment> = pictures.iter().filter(|picture| picture.field == item.id).cloned().collect();
    let papers: Vec<Paper> = papers.iter().filter(|paper| paper.field == item.id).cloned().collect();
    let known = done.iter().find(|done| done.section == section.word() && done.item_id == item.id);
    let mut sides = Vec::new();
    if item.kind == "sign" {
        for (field, label) in [("width_mm", "Chiều rộng đo được (mm)"), ("height_mm", "Chiều cao đo được (mm)")] {
            sides.push(form.text(&name(field), label).limit(12).with("inputmode", "numeric"));
        }
    }
    let lack = model::lacks(item, known, pictures.len());
    let is_dated = known.is_some_and(|done| done.done_on.is_some());
    let has_error = ["done_by", "note", "width_mm", "height_mm", "file"].iter().any(|field| !form.error(&name(field)).is_empty());
    let page = match item.page.as_str() {
        "meetings" => Some((format!("/ho-so/{}/hop?muc={}/{}", point.id, section.word(), item.id), "Ghi cuộc họp, biên bản")),
        "product-papers" => Some((format!("/ho-so/{}/giay-to", point.id), "Giấy tờ của từng sản phẩm")),
        "connections" => Some((format!("/ket-noi/moi?point={}", point.id), "Kết nối sản phẩm vào điểm")),
        "conferences" => Some(("/hoi-nghi".to_owned(), "Hội nghị kết nối")),
        _ => None,
    };
    Item {
        is_ready: lack.is_none(),
        // of what is not even dated the box says it
        lack: lack.filter(|_| is_dated).map(|text| text.get(Tongue::Vi).to_owned()).unwrap_or_default(),
        sign: known.and_then(|done| model::sign_of(item, done)),
        done: known.cloned().unwrap_or_default(),
        is_open: part == format!("item-{}", item.id) || has_error,
        mark: tick::mark(known),
        is_ticked: !form.value(&name("tick")).is_empty(),
        date: form.value(&name("done_on")).to_owned(),
        error: form.error(&name("done_on")),
        by: form.text(&name("done_by"), "Người hoặc đơn vị phụ trách").limit(LINE),
        note: form.area(&name("note"), "Ghi chú").limit(TEXT),
        sides,
        files: form.papers(&name("file"), "Thêm ảnh hoặc văn bản"),
        page,
        item: item.clone(),
        pictures,
        papers,
    }
}

/// Back to a part of the page.
pub(super) fn back(id: &str, part: &str, done: &str) -> Response {
    go(&format!("/ho-so/{id}/chuan-bi?muc={part}&xong={done}#f-{part}"), "")
}

/// Keeps the files of a field; one that cannot be used is an error there.
pub(super) async fn keep(visit: &Visit, files: Vec<crate::page::SentFile>, field: &str, errors: &mut Errors) -> Result<Vec<Kept>> {
    const MOST: usize = 6;
    if files.len() > MOST {
        errors.add(
            field,
            both(format!("Mỗi lần gửi tối đa {MOST} tệp; hãy chọn lại."), format!("At most {MOST} files at a time; choose again.")),
        );
        return Ok(Vec::new());
    }
    let mut kept = Vec::new();
    for (_, name, bytes) in files {
        match visit.app.files().keep_paper(&name, bytes).await {
            Ok(paper) => kept.push(paper),
            Err(Error::Refused(refusal)) => errors
                .add(field, both(format!("{} Hãy chọn lại tệp.", refusal.what.vi), format!("{} Choose the files again.", refusal.what.en))),
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

/// Files of a part; pictures of the ceremony are for everybody once the point is open.
async fn attach(tx: &mut Tx, visit: &Visit, id: &str, field: &str, caption: &str, kept: &[Kept]) -> Result<()> {
    for picture in kept {
        let place =
            file::Place { kind: "preparation", id, field, caption, position: None, is_public: field == "ceremony" && picture.is_picture() };
        file::add(tx, visit.app.clock().now(), picture, place, visit.actor.journal_id()).await?;
    }
    Ok(())
}

/// Commitment, and whether several sellers share the point.
async fn settle(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "settings";
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let (point, mut preparation) = ground(&mut tx, &visit, &id).await?;
    if point.state != State::Preparing || !May::of(&visit.actor, &point).govern {
        return Err(refusal(&point).into());
    }
    let mut errors = Errors::default();
    preparation.commitment_to =
        errors.take("commitment_to", typed::ahead(fields.get("commitment_to"), preparation.started_on, 50)).flatten();
    match fields.get("shared_sellers") {
        "yes" => preparation.shared_sellers = true,
        "no" => preparation.shared_sellers = false,
        _ => errors.add("shared_sellers", both("Hãy chọn có hay không.", "Choose yes or no.")),
    }
    if !errors.is_empty() {
        drop(tx);
        return again(&visit, &id, wrong(fields, PART, errors)).await;
    }
    if preparation.version != fields.version() || store::save(&mut tx, &preparation).await? == 0 {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    }
    let detail = serde_json::json!({"commitment_to": preparation.commitment_to, "shared_sellers": preparation.shared_sellers});
    Note::of("prepare_plan", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(back(&id, PART, "da-luu"))
}

/// The ceremony as planned, and its pictures.
async fn celebrate(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const PART: &str = "ceremony";
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = visit.app.db().read().await?;
    let (shown, preparation) = ground(&mut tx, &visit, &id).await?;
    drop(tx);
    if !May::of(&visit.actor, &shown).tick {
        return Err(refusal(&shown).into());
    }
    let mut errors = Errors::default();
    let on = errors.take("ceremony_on", typed::ahead(fields.get("ceremony_on"), preparation.started_on, 5)).flatten();
    let place = fields.text("ceremony_place", LINE, &mut errors);
    let guests = fields.text("ceremony_guests", TEXT, &mut errors);
    let kept = if errors.is_empty() { keep(&visit, sent.files, "ceremony_file", &mut errors).await? } else { Vec::new() };
    if !errors.is_empty() {
        return again(&visit, &id, wrong(fields, PART, errors)).await;
    }
    let mut tx = visit.app.db().write().await?;
    let (point, mut preparation) = ground(&mut tx, &visit, &id).await?;
    if !May::of(&visit.actor, &point).tick {
        return Err(refusal(&point).into());
    }
    (preparation.ceremony_on, preparation.ceremony_place, preparation.ceremony_guests) = (on, place, guests);
    if preparation.version != fields.version() || store::save(&mut tx, &preparation).await? == 0 {
        drop(tx);
        return again(&visit, &id, stale(fields, PART)).await;
    }
    attach(&mut tx, &visit, &id, "ceremony", &format!("Lễ khai trương {}", point.name), &kept).await?;
    let detail = serde_json::json!({"ceremony_on": preparation.ceremony_on, "place": preparation.ceremony_place, "photos": kept.len()});
    let personal = [("guests", preparation.ceremony_guests.as_str())];
    Note::of("ceremony", ("point", &id), detail)
        .aside(if preparation.ceremony_guests.is_empty() { &[] } else { &personal })
        .by(&mut tx, now, &visit.actor)
        .await?;
    tx.commit().await?;
    Ok(back(&id, PART, "da-luu"))
}

/// Whether a caller may open a point now.
pub(super) fn may_open(visit: &Visit, point: &Point) -> bool {
    Step::Open.may(&visit.actor) && point.state == State::Preparing
}

/// The last day of a deadline chosen from the plans, with its source in words.
pub(super) async fn chosen_deadline(tx: &mut Tx, value: &str, today: NaiveDate) -> Result<Option<(NaiveDate, String)>> {
    Ok(plan::deadlines(tx, "opening", today).await?.into_iter().find(|due| format!("{}/{}", due.plan_id, due.id) == value).map(|due| {
        let clause = if due.clause.is_empty() { String::new() } else { format!(" ({})", due.clause) };
        (due.due_on, format!("{}{clause}, {}", due.text, due.source))
    }))
}
