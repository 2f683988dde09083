//! What waits for the reader: visits planned, findings of their level, points to confirm, complaints.

use super::{model, question, risk, store};
use crate::access::{Act, Scope, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};

const MOST: i64 = 30;

/// What this slice hands to the work list.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let today = visit.app.clock().today();
    let actor = &visit.actor;
    let scope = actor.scope();
    let mut todos = Vec::new();
    if let (true, Some(body)) = (model::may_inspect(actor), actor.body_id()) {
        let (count, rows) = store::planned_for(tx, body, actor.journal_id(), MOST).await?;
        let rows = rows.into_iter().map(|(id, day, _, code, name, address)| TodoRow {
            due: Some(day),
            since: None,
            title: name,
            href: format!("/kiem-tra/{id}"),
            place: join(&code, &address),
            chip: None,
        });
        todos.push(Todo {
            id: "inspections",
            title: "Điểm cần kiểm tra".into(),
            count,
            rows: rows.collect(),
            all: "/kiem-tra".into(),
            deed: "Cần kiểm tra",
            whose: Whose::Do,
        });
    }
    // the business fixes, the commune sees to it, the department and the leaders look at what rose to them
    let level = match actor.voice() {
        Some(Voice::Business) if actor.confirmed => Some(1),
        Some(Voice::Commune) if model::may_inspect(actor) => Some(1),
        // the association helps those it stands by
        Some(Voice::Association) => Some(1),
        Some(Voice::City) if actor.may(Act::Select) && actor.can("select") => Some(3),
        Some(Voice::City) if actor.may(Act::Inspect) && model::may_close(actor) => Some(2),
        _ => None,
    };
    if let Some(level) = level {
        let count = store::count_findings(tx, &scope, level).await?;
        let rows = store::finding_page(tx, &scope, level, None, MOST).await?.rows.into_iter().map(|row| TodoRow {
            due: Some(row.fix_by),
            since: None,
            title: row.what,
            href: format!("/kiem-tra/phat-hien/{}", row.id),
            place: join(&row.code, &row.name),
            chip: if row.reported_on.is_some() {
                Some(("info", "chờ xác nhận".to_owned()))
            } else {
                (row.level > 1).then(|| ("bad", format!("cấp {}", row.level)))
            },
        });
        let title = if actor.is(Voice::Association) {
            "Phát hiện chưa khắc phục ở điểm hội hỗ trợ"
        } else if level == 1 {
            "Phát hiện chưa khắc phục"
        } else {
            "Phát hiện quá hạn đã chuyển lên"
        };
        todos.push(Todo {
            id: "findings",
            title: title.into(),
            count,
            rows: rows.collect(),
            all: format!("/kiem-tra/phat-hien?cap={level}"),
            deed: "Phát hiện chưa khắc phục",
            whose: Whose::Do,
        });
    }
    // whoever runs the point, or its commune where nobody signs in for it
    let asked = match (actor.voice(), &scope) {
        (Some(Voice::Business), _) if actor.confirmed => match actor.body_id() {
            Some(body) => question::waiting(tx, body, MOST).await?,
            None => Vec::new(),
        },
        (Some(Voice::Commune), Scope::Unit(unit)) if model::may_inspect(actor) => question::unread(tx, unit, MOST).await?,
        _ => Vec::new(),
    };
    if !asked.is_empty() {
        let count = asked.iter().map(|waiting| waiting.questions).sum();
        let rows = asked.into_iter().map(|waiting| TodoRow {
            due: Some(waiting.due),
            since: None,
            title: format!("Không thấy {} sản phẩm trên kệ: còn bán không?", waiting.questions),
            href: format!("/ho-so/{}/hoi-ke", waiting.id),
            place: join(&waiting.name, &waiting.address),
            chip: actor.is(Voice::Commune).then(|| ("info", "điểm chưa có tài khoản: hỏi và ghi thay".to_owned())),
        });
        todos.push(Todo {
            id: "shelf-questions",
            title: "Sản phẩm kiểm tra không thấy trên kệ".into(),
            count,
            rows: rows.collect(),
            all: "/viec".into(),
            deed: "Cần trả lời về kệ hàng",
            whose: Whose::Do,
        });
    }
    let asks = match &scope {
        Scope::Unit(_) => model::may_inspect(actor),
        Scope::Body(_) => actor.is(Voice::Business) && actor.confirmed,
        _ => false,
    };
    if asks {
        let count = risk::count_unconfirmed(tx, &scope, today).await?;
        let rows = risk::unconfirmed(tx, &scope, "", today, None, MOST).await?.rows.into_iter().map(|row| TodoRow {
            due: None,
            since: row.last_confirmed_on.or(row.confirm_by),
            title: row.name,
            href: format!("/ho-so/{}/kiem-tra", row.id),
            place: join(&row.code, &row.address),
            chip: Some((
                "warn",
                if row.last_confirmed_on.is_some() { "cần xác nhận lại".to_owned() } else { "chưa ai xác nhận".to_owned() },
            )),
        });
        todos.push(Todo {
            id: "unconfirmed",
            title: "Điểm cần xác nhận còn hoạt động".into(),
            count,
            rows: rows.collect(),
            all: "/kiem-tra/chua-xac-nhan".into(),
            deed: "Cần xác nhận còn hoạt động",
            whose: Whose::Do,
        });
    }
    if model::may_inspect(actor) {
        let (count, rows) = store::open_complaints(tx, &scope, MOST).await?;
        let rows = rows.into_iter().map(|(point, day, what, name)| TodoRow {
            due: None,
            since: Some(day),
            title: what,
            href: format!("/ho-so/{point}/kiem-tra#complaints"),
            place: name,
            chip: None,
        });
        todos.push(Todo {
            id: "complaints",
            title: "Phản ánh chưa trả lời".into(),
            count,
            rows: rows.collect(),
            all: "/kiem-tra".into(),
            deed: "Cần trả lời phản ánh",
            whose: Whose::Decide,
        });
    }
    Ok(todos)
}

fn join(code: &str, place: &str) -> String {
    if place.is_empty() { code.to_owned() } else { format!("{code} · {place}") }
}
