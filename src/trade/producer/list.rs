//! Lists of producers and operators, by name.

use chrono::NaiveDate;

use crate::access::Scope;
use crate::db::{DbResult, Tx, Where};
use crate::fetch_texts;
use crate::page::Rows;
use crate::party::BodyKind;
use crate::region::Under;
use crate::region::store::lies_under;

/// A producer or operator in the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Word of its kind.
    pub kind: String,
    /// Mã số thuế.
    pub tax_code: Option<String>,
    /// Where it sits.
    pub unit_id: Option<String>,
    /// Name of the body that it was joined to.
    pub into_name: Option<String>,
    /// Its products.
    pub products: i64,
    /// Those with a certificate that counts.
    pub live: i64,
    /// Points it runs.
    pub points: i64,
    /// People who sign in for it, or are invited to.
    pub people: i64,
}

/// What the bodies of a list have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Has {
    /// Whatever.
    #[default]
    Anything,
    /// Products.
    Products,
    /// Points.
    Points,
    /// Products, and nobody who signs in.
    NoAccount,
}

impl Has {
    /// The choices, with the word of each.
    pub const ALL: [(Has, &'static str, &'static str); 4] = [
        (Has::Anything, "", "Tất cả"),
        (Has::Products, "san-pham", "Có sản phẩm"),
        (Has::Points, "diem", "Vận hành điểm"),
        (Has::NoAccount, "chua-tai-khoan", "Có sản phẩm, chưa có tài khoản"),
    ];

    /// Reads the word.
    pub fn read(word: &str) -> Has {
        Has::ALL.iter().find(|(_, known, _)| *known == word).map_or(Has::Anything, |(has, ..)| *has)
    }
}

/// What is asked of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of a name, or a tax code; joined bodies are found too.
    pub q: String,
    /// Only this kind.
    pub kind: Option<BodyKind>,
    /// What they have.
    pub has: Has,
    /// Only in these units.
    pub under: Option<Under>,
    /// After this body.
    pub after: String,
    /// Rows a page.
    pub size: i64,
}

/// Kinds of body that make products or run points; of associations, and of those that registered themselves and were turned away,
/// only those that do.
const MAKERS: &str = "b.kind in ('', 'enterprise', 'cooperative', 'group', 'household', 'state_unit', 'travel_firm', 'association')
  and (b.kind not in ('association', 'state_unit') and not exists (select 1 from producer_claim q where q.body_id = b.id and q.state = 'refused') or exists (select 1 from product p where p.producer_id = b.id) or exists (select 1 from point o where o.operator_id = b.id))";

/// That a body sits, makes or sells in units.
fn here(wanted: &mut Where, under: &Under) -> String {
    let mut units: Vec<String> = [&under.recorded, &under.now, &under.maybe].into_iter().flatten().cloned().collect();
    units.sort();
    units.dedup();
    let sits = wanted.list("b.unit_id", &units);
    let makes = lies_under(wanted, "m", under);
    let sells = wanted.list("u.unit_id", &units);
    format!(
        "({sits} or b.id in (select m.producer_id from product m where {makes}) or b.id in (select s.operator_id from point_unit u join point s on s.id = u.point_id where {sells}))"
    )
}

fn has_people(today: NaiveDate) -> String {
    format!(
        "select distinct g.person_id from role_grant g join person n on n.id = g.person_id where g.body_id = b.id and g.role = 'business' and n.status <> 'disabled' and g.valid_from <= '{today}' and (g.valid_to is null or g.valid_to > '{today}')"
    )
}

/// That a body lies in what an actor sees.
fn within(wanted: &mut Where, scope: &Scope, scoped: Option<&Under>) {
    match scope {
        Scope::All => {}
        Scope::Unit(_) => {
            let part = here(wanted, scoped.unwrap_or(&Under::default()));
            wanted.and(&part);
        }
        Scope::Body(body) => {
            let bind = wanted.bind(body);
            wanted.and(&format!("b.id = {bind}"));
        }
        Scope::None => wanted.and("1 = 0"),
    }
}

/// What a filter and a scope ask for.
fn asked(filter: &Filter, scope: &Scope, scoped: Option<&Under>, today: NaiveDate) -> Where {
    let mut wanted = Where::default();
    wanted.and(MAKERS);
    within(&mut wanted, scope, scoped);
    if filter.q.is_empty() {
        wanted.and(&format!("b.joined_to is null and (b.valid_to is null or b.valid_to > '{today}')"));
    } else {
        let folded = crate::text::fold(&filter.q);
        match crate::text::tax_code(&filter.q) {
            Ok(code) => {
                let code = wanted.bind(&code);
                wanted.and(&format!("b.tax_code = {code}"));
            }
            Err(_) => wanted.words(&folded, |word| format!("b.name_fold like {word}")),
        }
    }
    if let Some(kind) = filter.kind {
        let bind = wanted.bind(kind.word());
        wanted.and(&format!("b.kind = {bind}"));
    }
    if let Some(under) = &filter.under {
        let part = here(&mut wanted, under);
        wanted.and(&part);
    }
    match filter.has {
        Has::Anything => {}
        Has::Products => wanted.and("exists (select 1 from product h where h.producer_id = b.id)"),
        Has::Points => wanted.and("exists (select 1 from point h where h.operator_id = b.id)"),
        Has::NoAccount => {
            wanted.and(&format!("exists (select 1 from product h where h.producer_id = b.id) and not exists ({})", has_people(today)))
        }
    }
    wanted
}

/// How many the list has, counted up to one more than `most`.
pub async fn count(tx: &mut Tx, filter: &Filter, scope: &Scope, scoped: Option<&Under>, today: NaiveDate, most: i64) -> DbResult<i64> {
    asked(filter, scope, scoped, today).count(tx, "body b", most).await
}

/// A page by name. `scoped` are the units of a scope that is one unit.
pub async fn page(tx: &mut Tx, filter: &Filter, scope: &Scope, scoped: Option<&Under>, today: NaiveDate) -> DbResult<Rows<Row>> {
    let mut wanted = asked(filter, scope, scoped, today);
    if !filter.after.is_empty() {
        let after = wanted.bind(&filter.after);
        wanted.and(&format!("(b.name_fold, b.id) > (select a.name_fold, a.id from body a where a.id = {after})"));
    }
    let sql = format!(
        "select b.id, b.name, b.kind, b.tax_code, b.unit_id, i.name as into_name,
           (select count(*) from product c where c.producer_id = b.id) as products,
           (select count(*) from product c where c.producer_id = b.id and c.state = 'live' and c.valid_to > '{today}') as live,
           (select count(*) from point c where c.operator_id = b.id) as points,
           (select count(*) from ({}) people) as people
         from body b left join body i on i.id = b.joined_to{} order by b.name_fold, b.id limit {}",
        has_people(today),
        wanted.sql,
        filter.size + 1
    );
    let rows = fetch_texts!(tx, Row, sql, wanted.binds)?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_str(), |row| row.id.clone()))
}

/// Whether a body lies in what an actor sees.
pub async fn sees(tx: &mut Tx, id: &str, scope: &Scope, scoped: Option<&Under>) -> DbResult<bool> {
    let mut wanted = Where::default();
    let bind = wanted.bind(id);
    wanted.and(&format!("b.id = {bind}"));
    within(&mut wanted, scope, scoped);
    let sql = format!("select b.id from body b{}", wanted.sql);
    Ok(!fetch_texts!(tx, (String,), sql, wanted.binds)?.is_empty())
}

/// How many bodies of each kind make products: all, and those of which a certificate counts; bodies without a known kind under the empty word.
pub async fn counts(tx: &mut Tx, scope: &Scope, scoped: Option<&Under>, today: NaiveDate) -> DbResult<Vec<(String, i64, i64)>> {
    let mut wanted = Where::default();
    within(&mut wanted, scope, scoped);
    let sql = format!(
        "select b.kind, count(*) as makers, cast(sum(x.live) as bigint) as live
         from (select c.producer_id, max(case when c.state = 'live' and c.valid_to > '{today}' then 1 else 0 end) as live from product c where c.origin = '' and c.producer_id is not null group by c.producer_id) x
         join body b on b.id = x.producer_id{} group by b.kind order by count(*) desc, b.kind",
        wanted.sql
    );
    fetch_texts!(tx, (String, i64, i64), sql, wanted.binds)
}
