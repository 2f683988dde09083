//! The screens on which an administrator writes a set: head, groups, items, and putting it in force. A set in force
//! is never edited, only superseded; the store refuses as well.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::model::{CriteriaSet, Criterion, Group, Instrument, RuleKind};
use super::pages::{date, find};
use super::store;
use super::validity::fixed;
use crate::access::{Act, Need, Routes};
use crate::clock;
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, once};
use crate::text::{Tongue, date_vi};

const EDITORS: Need = Need::May(Act::EditCriteria);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/bo-tieu-chi/moi", EDITORS, blank)
        .post("/bo-tieu-chi/{id}/ban-sao", EDITORS, copy)
        .get("/bo-tieu-chi/{id}/sua", EDITORS, head_form)
        .post("/bo-tieu-chi/{id}/sua", EDITORS, head)
        .get("/bo-tieu-chi/{id}/nhom/{group}", EDITORS, group_form)
        .post("/bo-tieu-chi/{id}/nhom/{group}", EDITORS, group)
        .post("/bo-tieu-chi/{id}/nhom/{group}/xoa", EDITORS, drop_group)
        .get("/bo-tieu-chi/{id}/muc/{item}", EDITORS, item_form)
        .post("/bo-tieu-chi/{id}/muc/{item}", EDITORS, item)
        .post("/bo-tieu-chi/{id}/muc/{item}/xoa", EDITORS, drop_item)
}

/// The word in a path that stands for a group or item not written yet.
const NEW: &str = "moi";

/// A draft as it is now; refused when it is in force.
async fn load(tx: &mut Tx, id: &str) -> Result<CriteriaSet> {
    let set = find(tx, id).await?;
    let is_filled = super::fill::of(tx, id).await?.is_some_and(|(_, is_filled)| is_filled);
    if set.status == "draft" && !is_filled { Ok(set) } else { Err(fixed().into()) }
}

/// The same, refused when somebody changed it since the form was shown.
async fn load_shown(tx: &mut Tx, id: &str, fields: &Fields) -> Result<CriteriaSet> {
    let set = load(tx, id).await?;
    if set.version == fields.version() { Ok(set) } else { Err(Refusal::stale().into()) }
}

/// Marks a draft as changed, if it is as it was shown.
async fn touch(tx: &mut Tx, set: &CriteriaSet) -> Result<()> {
    if store::save_draft(tx, set, set.version).await? == 0 { Err(Refusal::stale().into()) } else { Ok(()) }
}

async fn blank(visit: Visit, sent: Sent) -> Result<Response> {
    let set = CriteriaSet {
        id: clock::new_id(),
        title: "Bộ tiêu chí mới".to_owned(),
        instrument: None,
        status: "draft".into(),
        overlay: false,
        scope_unit: None,
        valid_from: None,
        valid_to: None,
        origin: "admin".into(),
        based_on: None,
        confidence: String::new(),
        source: String::new(),
        note: String::new(),
        version: 1,
        groups: Vec::new(),
    };
    add(&visit, once::begin(&visit, &sent.fields).await?, &sent.fields, set).await
}

async fn copy(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = once::begin(&visit, &sent.fields).await?;
    let from = find(&mut tx, &id).await?;
    let copied = clock::new_id();
    let set = CriteriaSet {
        id: copied,
        title: format!("Bản thảo soạn từ {}", from.number()),
        instrument: None,
        status: "draft".into(),
        valid_from: None,
        valid_to: None,
        origin: "admin".into(),
        based_on: Some(from.id.clone()),
        // whose law it is, how sure that is and where it was read has to be said anew
        confidence: String::new(),
        source: String::new(),
        note: String::new(),
        version: 1,
        groups: from.groups.iter().map(unread).collect(),
        ..from
    };
    add(&visit, tx, &sent.fields, set).await
}

/// A group as another law may have it: its words to begin with, but neither clause nor confidence nor note of the law it comes from.
fn unread(group: &Group) -> Group {
    let item = |item: &Criterion| Criterion { clause: String::new(), confidence: String::new(), note: String::new(), ..item.clone() };
    Group { clause: String::new(), note: String::new(), criteria: group.criteria.iter().map(item).collect(), ..group.clone() }
}

async fn add(visit: &Visit, mut tx: Tx, fields: &Fields, set: CriteriaSet) -> Result<Response> {
    store::add_set(&mut tx, &set).await?;
    let detail = serde_json::json!({"based_on": set.based_on, "set": record(&set)});
    Note::of("draft_set", ("criteria_set", &set.id), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    once::end(tx, fields, go(&format!("/bo-tieu-chi/{}/sua", set.id), "draft_set")).await
}

/// The head of a set, for the journal.
fn record(set: &CriteriaSet) -> serde_json::Value {
    serde_json::json!({
        "title": set.title, "instrument": set.instrument.as_ref().map(|instrument| &instrument.id), "overlay": set.overlay,
        "scope_unit": set.scope_unit, "source": set.source, "note": set.note,
    })
}

/// Reads a text that must not be empty.
fn must(fields: &Fields, name: &str, limit: usize) -> Result<String, Both> {
    let typed = fields.get(name);
    match typed.chars().count() {
        0 => Err(match name {
            "title" => both("Hãy ghi tên.", "Give a title."),
            "number" => both("Hãy ghi số văn bản; “không rõ” nếu không biết.", "Give the number; “không rõ” if it is not known."),
            "kind" => both("Hãy ghi loại văn bản.", "Give the kind of instrument."),
            "issuer" => both("Hãy ghi cơ quan ban hành.", "Name the issuer."),
            "instrument_title" => both("Hãy ghi trích yếu của văn bản.", "Say what the instrument is about."),
            _ => both("Hãy ghi nội dung tiêu chí.", "Give the words of the criterion."),
        }),
        length if length > limit => {
            Err(both(format!("Dài {length} chữ; tối đa {limit}."), format!("{length} characters; at most {limit}.")))
        }
        _ => Ok(typed.to_owned()),
    }
}

/// Reads a text that may be empty.
fn may(fields: &Fields, name: &str) -> Result<String, Both> {
    if fields.get(name).is_empty() { Ok(String::new()) } else { must(fields, name, 2000) }
}

/// Reads the mark of a new group or item: letters and digits, not used in the set yet.
fn mark(fields: &Fields, taken: bool) -> Result<String, Both> {
    let typed = fields.get("id");
    let fits = (1..=12).contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_alphanumeric()) && typed != NEW;
    match (fits, taken) {
        (false, _) => Err(both(
            "Ký hiệu gồm 1 đến 12 chữ cái không dấu hoặc chữ số, ví dụ O1.",
            "The mark has 1 to 12 plain letters or digits, for example O1.",
        )),
        (true, true) => Err(both(format!("Ký hiệu {typed} đã dùng trong bộ này."), format!("The mark {typed} is used in this set."))),
        (true, false) => Ok(typed.to_owned()),
    }
}

#[derive(Template)]
#[template(path = "rule/head.html")]
struct HeadPage {
    shell: Shell,
    set: CriteriaSet,
    form: Form,
    instruments: Vec<Choice>,
}

async fn head_page(tx: &mut Tx, visit: &Visit, set: CriteriaSet, form: Form) -> Result<Response> {
    let mut instruments = vec![(String::new(), "Chưa chọn".to_owned())];
    instruments.extend(store::instruments(tx).await?.into_iter().map(|instrument| {
        let day = instrument.issued_on.map(|day| format!(" ngày {}", date_vi(day))).unwrap_or_default();
        let title: String = instrument.title.chars().take(70).collect();
        (instrument.id, format!("{}{day} – {title}", instrument.number))
    }));
    let page = HeadPage { shell: visit.shell("Sửa phần chung của bản thảo"), set, form, instruments };
    page.form.answer(&page)
}

async fn head_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let set = load(&mut tx, &id).await?;
    let fields = Fields::new([
        ("version".to_owned(), set.version.to_string()),
        ("title".to_owned(), set.title.clone()),
        ("instrument".to_owned(), set.instrument.as_ref().map(|instrument| instrument.id.clone()).unwrap_or_default()),
        ("overlay".to_owned(), if set.overlay { "1".to_owned() } else { String::new() }),
        ("confidence".to_owned(), set.confidence.clone()),
        ("source".to_owned(), set.source.clone()),
        ("note".to_owned(), set.note.clone()),
    ]);
    head_page(&mut tx, &visit, set, Form::with(fields, Errors::default(), Tongue::Vi)).await
}

/// The instrument that was typed, if one was.
fn instrument(fields: &Fields, errors: &mut Errors) -> Option<Instrument> {
    let typed = ["number", "kind", "issuer", "issued_on", "instrument_title"].iter().any(|name| !fields.get(name).is_empty());
    if !typed {
        return None;
    }
    let number = errors.take("number", must(fields, "number", 200));
    let kind = errors.take("kind", must(fields, "kind", 200));
    let issuer = errors.take("issuer", must(fields, "issuer", 300));
    let title = errors.take("instrument_title", must(fields, "instrument_title", 1000));
    let issued_on = errors.take("issued_on", date(fields, "issued_on"));
    Some(Instrument {
        id: clock::new_id(),
        number: number?,
        kind: kind?,
        issuer: issuer?,
        issued_on: issued_on?,
        title: title?,
        valid_from: None,
        valid_to: None,
        confidence: "A".into(),
        source: String::new(),
        note: String::new(),
    })
}

async fn head(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let mut set = load_shown(&mut tx, &id, &fields).await?;
    let mut errors = Errors::default();
    let title = errors.take("title", must(&fields, "title", 500));
    let source = errors.take("source", may(&fields, "source"));
    let note = errors.take("note", may(&fields, "note"));
    let added = instrument(&fields, &mut errors);
    let chosen = match fields.some("instrument") {
        Some(known) => store::instrument(&mut tx, known).await?,
        None => None,
    };
    let (Some(title), Some(source), Some(note), true) = (title, source, note, errors.is_empty()) else {
        return head_page(&mut visit.app.db().instead(tx).await?, &visit, set, Form::with(fields, errors, Tongue::Vi)).await;
    };
    if let Some(instrument) = &added {
        store::put_instrument(&mut tx, instrument, "").await?;
        let detail = serde_json::json!({"number": instrument.number, "kind": instrument.kind, "issuer": instrument.issuer, "issued_on": instrument.issued_on, "title": instrument.title});
        Note::of("add_instrument", ("instrument", &instrument.id), detail).by(&mut tx, now, &visit.actor).await?;
    }
    set.confidence = ["A", "B", "C"].into_iter().find(|word| *word == fields.get("confidence")).unwrap_or("").to_owned();
    set.title = title;
    set.source = source;
    set.note = note;
    set.instrument = added.or(chosen);
    set.overlay = fields.is_on("overlay");
    set.scope_unit = set.overlay.then(|| set.scope_unit.take().unwrap_or_else(|| visit.app.region().province().id.clone()));
    touch(&mut tx, &set).await?;
    Note::of("edit_set", ("criteria_set", &id), serde_json::json!({"set": record(&set)})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/bo-tieu-chi/{id}"), "da-luu"))
}

#[derive(Template)]
#[template(path = "rule/group.html")]
struct GroupPage {
    shell: Shell,
    set: CriteriaSet,
    form: Form,
    is_new: bool,
    states: Vec<Choice>,
}

fn choices(pairs: &[(&str, &str)]) -> Vec<Choice> {
    pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

fn group_page(visit: &Visit, set: CriteriaSet, form: Form, is_new: bool) -> Result<Response> {
    let states = choices(&[
        ("known", "Đủ: nhóm chép đủ theo văn bản"),
        ("partial", "Một phần: còn mục chưa biết"),
        ("unknown", "Chưa có: chưa đọc được văn bản"),
    ]);
    let page = GroupPage {
        shell: visit.shell(if is_new { "Thêm nhóm tiêu chí" } else { "Sửa nhóm tiêu chí" }), set, form, is_new, states
    };
    page.form.answer(&page)
}

fn group_of(set: &CriteriaSet, id: &str) -> Result<Option<Group>> {
    match set.groups.iter().find(|group| group.id == id) {
        Some(group) => Ok(Some(group.clone())),
        None if id == NEW => Ok(None),
        None => Err(Refusal::not_found().into()),
    }
}

async fn group_form(visit: Visit, Path((id, group)): Path<(String, String)>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let set = load(&mut tx, &id).await?;
    let known = group_of(&set, &group)?;
    let mut pairs = vec![("version".to_owned(), set.version.to_string())];
    if let Some(group) = &known {
        for (name, value) in
            [("id", &group.id), ("title", &group.title), ("clause", &group.clause), ("state", &group.state), ("note", &group.note)]
        {
            pairs.push((name.to_owned(), value.clone()));
        }
    }
    group_page(&visit, set, Form::with(Fields::new(pairs), Errors::default(), Tongue::Vi), known.is_none())
}

async fn group(visit: Visit, Path((id, group)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let set = load_shown(&mut tx, &id, &fields).await?;
    let known = group_of(&set, &group)?;
    let mut errors = Errors::default();
    let own = match &known {
        Some(group) => Some(group.id.clone()),
        None => errors.take("id", mark(&fields, set.groups.iter().any(|group| group.id == fields.get("id")))),
    };
    let title = errors.take("title", must(&fields, "title", 500));
    let clause = errors.take("clause", may(&fields, "clause"));
    let note = errors.take("note", may(&fields, "note"));
    let state = ["known", "partial", "unknown"].into_iter().find(|state| *state == fields.get("state"));
    if state.is_none() {
        errors.add(
            "state",
            both("Hãy chọn nhóm đã chép đủ, một phần hay chưa có.", "Choose whether the group is complete, partial or unknown."),
        );
    }
    let (Some(own), Some(title), Some(clause), Some(note), Some(state)) = (own, title, clause, note, state) else {
        drop(tx);
        return group_page(&visit, set, Form::with(fields, errors, Tongue::Vi), known.is_none());
    };
    touch(&mut tx, &set).await?;
    let place = set.groups.len() as i64;
    let group = Group { id: own, title, clause, state: state.to_owned(), note, criteria: Vec::new() };
    if store::put_group(&mut tx, &id, place, &group).await? == 0 {
        return Err(fixed().into());
    }
    let detail =
        serde_json::json!({"group": group.id, "title": group.title, "clause": group.clause, "state": group.state, "note": group.note});
    Note::of("put_group", ("criteria_set", &id), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/bo-tieu-chi/{id}"), "da-luu"))
}

async fn drop_group(visit: Visit, Path((id, group)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let set = load_shown(&mut tx, &id, &sent.fields).await?;
    touch(&mut tx, &set).await?;
    if store::drop_group(&mut tx, &id, &group).await? == 0 {
        return Err(Refusal::rule(
            "group-not-empty",
            both("Nhóm này còn tiêu chí hoặc không còn nữa.", "The group still has criteria, or is gone."),
            both("Hãy xóa hết tiêu chí của nhóm trước.", "Delete its criteria first."),
        )
        .into());
    }
    Note::of("drop_group", ("criteria_set", &id), serde_json::json!({"group": group}))
        .by(&mut tx, visit.app.clock().now(), &visit.actor)
        .await?;
    tx.commit().await?;
    Ok(go(&format!("/bo-tieu-chi/{id}"), "da-xoa"))
}

#[derive(Template)]
#[template(path = "rule/item.html")]
struct ItemPage {
    shell: Shell,
    set: CriteriaSet,
    form: Form,
    is_new: bool,
    groups: Vec<Choice>,
    rules: Vec<Choice>,
    kinds: Vec<Choice>,
    confidences: Vec<Choice>,
}

/// The kinds of place that any set speaks of, each with the words of the newest set.
fn place_kinds(sets: &[CriteriaSet]) -> Vec<Choice> {
    let mut kinds: Vec<Choice> = vec![(String::new(), "Không nói về loại hình địa điểm".to_owned())];
    for item in sets.iter().rev().flat_map(|set| &set.groups).flat_map(|group| &group.criteria) {
        if kinds.iter().all(|(word, _)| *word != item.place_kind) {
            kinds.push((item.place_kind.clone(), item.text.clone()));
        }
    }
    kinds
}

async fn item_page(tx: &mut Tx, visit: &Visit, set: CriteriaSet, form: Form, is_new: bool) -> Result<Response> {
    let kinds = place_kinds(&store::sets(tx).await?);
    let page = ItemPage {
        shell: visit.shell(if is_new { "Thêm tiêu chí" } else { "Sửa tiêu chí" }),
        groups: set.groups.iter().map(|group| (group.id.clone(), format!("{}. {}", group.id, group.title))).collect(),
        rules: choices(&[("all", "Bắt buộc đạt"), ("any", "Một trong các mục của nhóm phải đạt")]),
        kinds,
        confidences: choices(&[("A", "Theo văn bản"), ("B", "Theo báo trích dẫn"), ("C", "Nguồn yếu")]),
        set,
        form,
        is_new,
    };
    page.form.answer(&page)
}

fn item_of(set: &CriteriaSet, id: &str) -> Result<Option<Criterion>> {
    match set.groups.iter().flat_map(|group| &group.criteria).find(|item| item.id == id) {
        Some(item) => Ok(Some(item.clone())),
        None if id == NEW => Ok(None),
        None => Err(Refusal::not_found().into()),
    }
}

fn rule_word(rule: RuleKind) -> &'static str {
    match rule {
        RuleKind::All => "all",
        RuleKind::Any => "any",
    }
}

async fn item_form(visit: Visit, Path((id, item)): Path<(String, String)>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let set = load(&mut tx, &id).await?;
    let known = item_of(&set, &item)?;
    let mut pairs = vec![("version".to_owned(), set.version.to_string())];
    match &known {
        Some(item) => {
            for (name, value) in [
                ("id", item.id.as_str()),
                ("group", &item.group_id),
                ("text", &item.text),
                ("rule", rule_word(item.rule)),
                ("place_kind", &item.place_kind),
                ("clause", &item.clause),
                ("confidence", &item.confidence),
                ("note", &item.note),
            ] {
                pairs.push((name.to_owned(), value.to_owned()));
            }
        }
        None => {
            let group = set.groups.iter().find(|group| group.id == visit.query.get("nhom"));
            pairs.push(("group".to_owned(), visit.query.get("nhom").to_owned()));
            pairs.push(("clause".to_owned(), group.map(|group| group.clause.clone()).unwrap_or_default()));
        }
    }
    item_page(&mut tx, &visit, set, Form::with(Fields::new(pairs), Errors::default(), Tongue::Vi), known.is_none()).await
}

async fn item(visit: Visit, Path((id, item)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let set = load_shown(&mut tx, &id, &fields).await?;
    let known = item_of(&set, &item)?;
    let mut errors = Errors::default();
    let own = match &known {
        Some(item) => Some(item.id.clone()),
        None => {
            errors.take("id", mark(&fields, set.groups.iter().flat_map(|group| &group.criteria).any(|item| item.id == fields.get("id"))))
        }
    };
    let group = match &known {
        Some(item) => set.groups.iter().find(|group| group.id == item.group_id),
        None => set.groups.iter().find(|group| group.id == fields.get("group")),
    };
    if group.is_none() {
        errors.add("group", both("Hãy chọn nhóm.", "Choose a group."));
    }
    let text = errors.take("text", must(&fields, "text", 2000));
    let clause = errors.take("clause", may(&fields, "clause"));
    let note = errors.take("note", may(&fields, "note"));
    let rule = match fields.get("rule") {
        "all" => Some(RuleKind::All),
        "any" => Some(RuleKind::Any),
        _ => None,
    };
    if rule.is_none() {
        errors.add(
            "rule",
            both("Hãy chọn mục này bắt buộc hay là một trong các mục.", "Choose whether this must be met by itself or as one of several."),
        );
    }
    let (Some(own), Some(group), Some(text), Some(clause), Some(note), Some(rule)) = (own, group, text, clause, note, rule) else {
        return item_page(&mut visit.app.db().instead(tx).await?, &visit, set, Form::with(fields, errors, Tongue::Vi), known.is_none())
            .await;
    };
    let item = Criterion {
        set_id: id.clone(),
        group_id: group.id.clone(),
        id: own,
        place: known.as_ref().map_or_else(|| group.criteria.iter().map(|item| item.place + 1).max().unwrap_or(0), |item| item.place),
        text,
        rule,
        place_kind: place_kinds(&store::sets(&mut tx).await?)
            .into_iter()
            .map(|(word, _)| word)
            .find(|word| word == fields.get("place_kind"))
            .unwrap_or_default(),
        clause,
        confidence: ["A", "B", "C"].into_iter().find(|word| *word == fields.get("confidence")).unwrap_or("").to_owned(),
        note,
    };
    touch(&mut tx, &set).await?;
    if store::put_criterion(&mut tx, &item).await? == 0 {
        return Err(fixed().into());
    }
    let detail = serde_json::json!({
        "group": item.group_id, "item": item.id, "text": item.text, "rule": rule_word(item.rule), "place_kind": item.place_kind,
        "clause": item.clause, "confidence": item.confidence, "note": item.note,
    });
    Note::of("put_item", ("criteria_set", &id), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/bo-tieu-chi/{id}"), "da-luu"))
}

async fn drop_item(visit: Visit, Path((id, item)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let mut tx = visit.app.db().write().await?;
    let set = load_shown(&mut tx, &id, &sent.fields).await?;
    let Some(known) = item_of(&set, &item)? else { return Err(Refusal::not_found().into()) };
    touch(&mut tx, &set).await?;
    if store::drop_criterion(&mut tx, &id, &item).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"group": known.group_id, "item": known.id, "text": known.text});
    Note::of("drop_item", ("criteria_set", &id), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/bo-tieu-chi/{id}"), "da-xoa"))
}
