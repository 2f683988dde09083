//! Lists of products, read by key.

use chrono::NaiveDate;

use super::model::State;
use crate::access::Scope;
use crate::db::{DbResult, Tx, Where, plain_number};
use crate::page::{Rows, page_key, read_key};
use crate::region::Under;
use crate::region::store::lies_under;
use crate::{fetch_all, fetch_one, fetch_texts, words};

/// A line of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// Identifier.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name in its address.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Dictionary order.
    pub sort: String,
    /// Producer.
    pub producer_id: Option<String>,
    /// Its name.
    pub producer: String,
    /// Group of today.
    pub group_id: String,
    /// Another province or a country; empty: of here.
    pub origin: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit.
    pub unit_today: Option<String>,
    /// Price in đồng.
    pub price: Option<i64>,
    /// State.
    pub state: State,
    /// Stars.
    pub stars: Option<i64>,
    /// First day no longer valid.
    pub valid_to: Option<NaiveDate>,
    /// Sample data.
    pub demo: bool,
    /// First day after its own time, where the certificate that counts runs on while its product is graded again.
    pub own_to: Option<NaiveDate>,
}

impl Row {
    /// The state of today: a certificate ends at midnight, the row follows in the morning.
    pub fn standing(&self, today: NaiveDate) -> State {
        if self.state == State::Live && !self.is_live(today) { State::Lapsed } else { self.state }
    }

    /// Whether its certificate is valid today.
    pub fn is_live(&self, today: NaiveDate) -> bool {
        self.state == State::Live && self.valid_to.is_some_and(|to| today < to)
    }

    /// Last day of validity of the certificate that counts.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.valid_to.and_then(|day| day.pred_opt())
    }

    /// Whether it is valid today only because its product is being graded again.
    pub fn is_running(&self, today: NaiveDate) -> bool {
        self.is_live(today) && self.own_to.is_some_and(|to| to <= today)
    }

    /// Whether it is valid today and ends before a day.
    pub fn ends_before(&self, today: NaiveDate, day: NaiveDate) -> bool {
        self.is_live(today) && self.valid_to.is_some_and(|to| to < day)
    }
}

const COLUMNS: &str = "p.id, p.code, p.slug, p.name, p.sort, p.producer_id, coalesce(b.name, '') as producer, p.group_id, p.origin, p.unit_id, p.unit_today, p.price, p.state, p.stars, p.valid_to, p.demo,
  (select r.valid_to from certificate r where r.product_id = p.id and r.runs_to = p.valid_to and r.valid_to < r.runs_to and r.withdrawn_on is null limit 1) as own_to";

/// Where products of a list come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// From anywhere.
    #[default]
    Any,
    /// From this province.
    Here,
    /// From other provinces and countries.
    Elsewhere,
}

impl Origin {
    /// Reads the word of a filter.
    pub fn read(word: &str) -> Origin {
        match word {
            "here" => Origin::Here,
            "elsewhere" => Origin::Elsewhere,
            _ => Origin::Any,
        }
    }
}

words! {
    /// By what the list is ordered.
    #[derive(Default)]
    pub enum Order {
        /// By name.
        #[default]
        Name = "" / "Tên",
        /// What ends first.
        End = "het-han" / "Hết hạn sớm nhất",
        /// By stars, the most first.
        Stars = "sao" / "Hạng sao cao nhất",
    }
}

impl Order {
    /// What is compared, a text.
    fn by(self, filter: &Filter, scope: &Scope) -> String {
        match self {
            Order::Name => column("sort", filter, scope),
            Order::End => "coalesce(cast(p.valid_to as text), '9')".to_owned(),
            Order::Stars => "cast(9 - coalesce(p.stars, 0) as text)".to_owned(),
        }
    }

    /// The same of a row, as a key.
    fn of(self, row: &Row) -> String {
        match self {
            Order::Name => row.sort.clone(),
            Order::End => row.valid_to.map_or_else(|| "9".to_owned(), |day| day.to_string()),
            Order::Stars => (9 - row.stars.unwrap_or(0)).to_string(),
        }
    }
}

/// What is asked of a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this group of today.
    pub group: Option<String>,
    /// Only this many stars.
    pub stars: Option<i64>,
    /// Only this state.
    pub state: Option<State>,
    /// Only products valid on this day: what the public sees.
    pub live_on: Option<NaiveDate>,
    /// Only products recorded in or now lying in these units.
    pub under: Option<Under>,
    /// Only this producer's.
    pub producer: Option<String>,
    /// Only those whose first day without validity is this or a later day.
    pub ends_from: Option<NaiveDate>,
    /// Only those whose certificate ends before this day.
    pub ends_before: Option<NaiveDate>,
    /// Where they come from.
    pub from: Origin,
    /// Only those with a certificate of before that is a day short of the rule of last days.
    pub end_is_asked: bool,
    /// Folded words in the name.
    pub q: String,
    /// The words may also stand in the code, the name of the producer, the numbers of certificates and decisions.
    pub is_wide: bool,
    /// By what they are ordered.
    pub order: Order,
    /// Rows after this key.
    pub after: Option<String>,
    /// Rows a page.
    pub size: i64,
}

/// A column, written so that no index is looked for by it if the products asked for lie in few units, are of one producer or of elsewhere:
/// then they are found by that and put in order. All others are read in the order of the list, never by the day of an end,
/// which would read and sort all that is valid.
fn column(name: &str, filter: &Filter, scope: &Scope) -> String {
    let are_few = *scope != Scope::All || filter.under.is_some() || filter.producer.is_some() || filter.from == Origin::Elsewhere;
    if are_few { format!("p.{name} || ''") } else { format!("p.{name}") }
}

/// Where staff look for a word, besides numbers of papers.
fn wide(word: &str) -> String {
    format!(
        "p.name_fold like {word} or lower(p.code) like {word} or p.producer_id in (select y.id from body y where y.name_fold like {word})"
    )
}

/// That all words stand in names and codes, or all of them in the number of a certificate or of its decision: one look through the
/// certificates, however many words a number has.
fn wide_or_numbered(found: &mut Where, q: &str) -> String {
    let words: Vec<String> = q.split(' ').map(|word| found.bind(&format!("%{word}%"))).collect();
    let all = |each: &dyn Fn(&String) -> String| words.iter().map(each).collect::<Vec<_>>().join(" and ");
    let named = all(&|word| format!("({})", wide(word)));
    let numbered = |column: &str| {
        let column = plain_number(column);
        all(&|word| format!("{column} like {word}"))
    };
    format!("({named} or p.id in (select c.product_id from certificate c where {} or {}))", numbered("c.number"), numbered("c.decision_no"))
}

/// What a filter and a scope ask for.
fn asked(filter: &Filter, scope: &Scope, scoped: Option<&Under>) -> Where {
    let mut found = Where::default();
    match scope {
        Scope::All => {}
        Scope::Unit(_) => {
            let part = lies_under(&mut found, "p", scoped.unwrap_or(&Under::default()));
            found.and(&part);
        }
        Scope::Body(body) => {
            let bind = found.bind(body);
            found.and(&format!("p.producer_id = {bind}"));
        }
        Scope::None => found.and("1 = 0"),
    }
    let state = column("state", filter, scope);
    if let Some(known) = filter.state {
        let bind = found.bind(known.word());
        found.and(&format!("{state} = {bind}"));
    }
    if let Some(day) = filter.live_on {
        found.and(&format!("{state} = 'live' and not p.valid_to <= '{day}'"));
    }
    if let Some(day) = filter.ends_before {
        found.and(&format!("not p.valid_to >= '{day}'"));
    }
    if let Some(day) = filter.ends_from {
        found.and(&format!("not p.valid_to < '{day}'"));
    }
    if filter.end_is_asked {
        // its first day without validity has the day and month of its first day: what was reckoned without the last day
        found.and(
            "exists (select 1 from certificate e where e.product_id = p.id and e.end_rule = ''
               and (substr(cast(e.valid_to as text), 6, 5) = substr(cast(e.valid_from as text), 6, 5)
                 or (substr(cast(e.valid_from as text), 6, 5) = '02-29' and substr(cast(e.valid_to as text), 6, 5) = '02-28')))",
        );
    }
    if let Some(group) = &filter.group {
        let bind = found.bind(group);
        found.and(&format!("p.group_id = {bind}"));
    }
    if let Some(stars) = filter.stars {
        found.and(&format!("p.stars = {stars}"));
    }
    if let Some(producer) = &filter.producer {
        let bind = found.bind(producer);
        found.and(&format!("p.producer_id = {bind}"));
    }
    if let Some(under) = &filter.under {
        let part = lies_under(&mut found, "p", under);
        found.and(&part);
    }
    match filter.from {
        Origin::Any => {}
        Origin::Here => found.and("p.origin = ''"),
        Origin::Elsewhere => found.and("p.origin > ''"),
    }
    if filter.is_wide && filter.q.bytes().any(|byte| byte.is_ascii_digit()) {
        let part = wide_or_numbered(&mut found, &filter.q);
        found.and(&part);
    } else {
        found.words(&filter.q, |word| if filter.is_wide { wide(word) } else { format!("p.name_fold like {word}") });
    }
    found
}

/// What a scope asks for; `scoped` are the units of a scope that is one unit.
pub fn within(scope: &Scope, scoped: Option<&Under>) -> Where {
    asked(&Filter::default(), scope, scoped)
}

/// A page in dictionary order. `scoped` are the units of a scope that is one unit.
pub async fn page(tx: &mut Tx, filter: &Filter, scope: &Scope, scoped: Option<&Under>) -> DbResult<Rows<Row>> {
    let mut wanted = asked(filter, scope, scoped);
    let order = filter.order.by(filter, scope);
    if let Some((sort, id)) = filter.after.as_deref().and_then(read_key) {
        let (sort, id) = (wanted.bind(sort), wanted.bind(id));
        wanted.and(&format!("({order}, p.id) > ({sort}, {id})"));
    }
    let sql = format!(
        "select {COLUMNS} from product p left join body b on b.id = p.producer_id{} order by {order}, p.id limit {}",
        wanted.sql,
        filter.size + 1
    );
    let rows = fetch_texts!(tx, Row, sql, wanted.binds)?;
    Ok(Rows::cut(rows, filter.size, filter.after.as_deref(), |row| page_key(&filter.order.of(row), &row.id)))
}

/// How many products a list has, counted up to one more than `most`.
pub async fn count(tx: &mut Tx, filter: &Filter, scope: &Scope, scoped: Option<&Under>, most: i64) -> DbResult<i64> {
    asked(filter, scope, scoped).count(tx, "product p", most).await
}

/// How many products of a list, of this province alone or of elsewhere alone, are valid on a day: of this province without a text
/// and units what the counters say, else counted, but no further than one beyond `most`.
pub async fn count_live(tx: &mut Tx, filter: &Filter, day: NaiveDate, most: i64) -> DbResult<i64> {
    if filter.q.is_empty() && filter.under.is_none() && filter.from == Origin::Here {
        let (group, stars) = (filter.group.as_deref().unwrap_or(""), filter.stars.unwrap_or(0));
        let (kept,) = fetch_one!(
            tx,
            (i64,),
            "select cast(coalesce(sum(n), 0) as bigint) from product_count where state = 'live' and ($1 = '' or group_id = $1) and ($2 = 0 or stars = $2)",
            group,
            stars
        )?;
        // those whose certificate ended at midnight are counted out in the morning
        let (ended,) = fetch_one!(
            tx,
            (i64,),
            "select count(*) from product where state = 'live' and origin = '' and valid_to <= $1 and ($2 = '' or group_id = $2) and ($3 = 0 or stars = $3)",
            day,
            group,
            stars
        )?;
        return Ok(kept - ended);
    }
    count(tx, &Filter { live_on: Some(day), ..filter.clone() }, &Scope::All, None, most).await
}

/// How many products of this province in a scope are in each state, as of the last morning.
pub async fn counts(tx: &mut Tx, scope: &Scope, scoped: Option<&Under>) -> DbResult<Vec<(State, i64)>> {
    if *scope == Scope::All {
        return fetch_all!(
            tx,
            (State, i64),
            "select state, cast(sum(n) as bigint) from product_count where n > 0 group by state order by state"
        );
    }
    let wanted = asked(&Filter { from: Origin::Here, ..Filter::default() }, scope, scoped);
    let state = column("state", &Filter::default(), scope);
    fetch_texts!(tx, (State, i64), format!("select {state}, count(*) from product p{} group by 1 order by 1", wanted.sql), wanted.binds)
}

/// Live products whose certificate ends from one day on and before another: month of the first day without validity
/// (`2026-11`), today's unit or the empty text, how many.
pub async fn endings(
    tx: &mut Tx,
    scope: &Scope,
    scoped: Option<&Under>,
    from: NaiveDate,
    before: NaiveDate,
) -> DbResult<Vec<(String, String, i64)>> {
    let mut wanted = asked(&Filter { from: Origin::Here, ..Filter::default() }, scope, scoped);
    wanted.and(&format!("{} = 'live' and p.valid_to >= '{from}' and p.valid_to < '{before}'", column("state", &Filter::default(), scope)));
    let sql = format!(
        "select substr(cast(p.valid_to as text), 1, 7) as month, coalesce(p.unit_today, '') as unit, count(*) from product p{} group by 1, 2",
        wanted.sql
    );
    fetch_texts!(tx, (String, String, i64), sql, wanted.binds)
}
