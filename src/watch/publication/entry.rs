//! One entry of the feed: the public facts of a point, their canonical form, what it is called in Atom and JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::fetch_all;
use crate::point::State;
use crate::point::hours::Hours;
use crate::point::model::kind_name;
use crate::state::App;
use crate::text::{Edtf, Tongue, date_vi};

/// What everybody may know of a point. The contact person and the mail address are not among it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    /// The point.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name in its URL.
    pub slug: String,
    /// Name.
    pub name: String,
    /// State.
    pub state: State,
    /// Since when.
    pub state_since: NaiveDate,
    /// Kind of place.
    pub kind: String,
    /// Address as printed.
    pub address: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit.
    pub unit_today: Option<String>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Business telephone.
    pub phone: String,
    /// Opening hours.
    pub hours: String,
    /// Goods.
    pub goods: String,
    /// A few words for visitors.
    pub about: String,
    /// First day open.
    pub opened_on: Option<NaiveDate>,
    /// The same as its source gives it, where that is not to the day.
    pub opened_as: String,
    /// Closed since.
    pub closed_on: Option<NaiveDate>,
    /// The same as its source gives it.
    pub closed_as: String,
    /// Last day seen running.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Who counts it.
    pub counted_by: String,
    /// Last change.
    pub updated_at: DateTime<Utc>,
    /// Who runs it.
    pub operator: Option<String>,
    /// First public picture.
    pub picture: Option<String>,
}

/// Where a page of the feed begins: entries before this change and point.
pub type Before = (DateTime<Utc>, String);

/// A page of the feed, newest change first; sample data stays out.
pub async fn page(tx: &mut Tx, before: &Before, rows: i64) -> DbResult<Vec<Entry>> {
    fetch_all!(
        tx,
        Entry,
        "select p.id, p.code, p.slug, p.name, p.state, p.state_since, p.kind, p.address, p.unit_id, p.unit_today, p.lon, p.lat, p.phone, p.hours, p.goods, p.about,
           p.opened_on, p.opened_as, p.closed_on, p.closed_as, p.last_confirmed_on, p.counted_by, p.updated_at, (select b.name from body b where b.id = p.operator_id) as operator,
           (select min(a.id) from attachment a where a.subject_kind = 'point' and a.subject_id = p.id and a.is_public) as picture
         from point p where p.state in ('operating', 'suspended', 'closed') and not p.demo and (p.updated_at, p.id) < ($1, $2)
         order by p.updated_at desc, p.id desc limit $3",
        before.0,
        &before.1,
        rows
    )
}

impl Entry {
    /// A name that stays whatever becomes of the point.
    pub fn urn(&self) -> String {
        match uuid::Uuid::parse_str(&self.id) {
            Ok(id) => format!("urn:uuid:{}", id.hyphenated()),
            Err(_) => format!("urn:ocop:point:{}", self.code),
        }
    }

    /// Its public page.
    pub fn url(&self, base: &str) -> String {
        format!("{base}/diem-ban/{}", self.slug)
    }

    /// Its first picture.
    pub fn image(&self, base: &str) -> Option<String> {
        self.picture.as_ref().map(|picture| format!("{base}/anh/{picture}"))
    }

    /// Last change, RFC 3339.
    pub fn changed(&self) -> String {
        self.updated_at.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The facts that are signed, by name. What is not known is left out; of a closed point only what tells that it is.
    pub fn facts(&self, app: &App) -> BTreeMap<&'static str, Value> {
        let base = &app.config().base_url;
        let mut facts = BTreeMap::from([
            ("id", json!(self.urn())),
            ("code", json!(self.code)),
            ("url", json!(self.url(base))),
            ("name", json!(self.name)),
            ("state", json!(self.state.word())),
            ("changed", json!(self.changed())),
        ]);
        let mut put = |name: &'static str, value: Value| {
            if !matches!(&value, Value::Null) && value != json!("") && value != json!([]) {
                facts.insert(name, value);
            }
        };
        // of an operating point the register may know no more than that it operated when it was entered
        if self.state != State::Operating {
            put("state_since", json!(self.state_since));
        }
        let word = |day: Option<NaiveDate>, word: &str| json!(Edtf::of(day, word).map(Edtf::word));
        put("closed_on", json!(self.closed_on));
        put("closed", word(self.closed_on, &self.closed_as));
        if self.state == State::Closed {
            return facts;
        }
        let unit = self.unit_today.as_deref().or(self.unit_id.as_deref()).and_then(|unit| app.region().get(unit));
        put("kind", json!(self.kind));
        put("address", json!(self.address));
        put("unit", unit.map_or(Value::Null, |unit| json!(unit.code)));
        put("unit_name", unit.map_or(Value::Null, |unit| json!(unit.full_name)));
        put("lon", json!(self.lon));
        put("lat", json!(self.lat));
        put("phone", json!(self.phone));
        put("hours", json!(self.hours));
        put("goods", json!(self.goods.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>()));
        put("about", json!(self.about));
        put("operator", json!(self.operator));
        put("opened_on", json!(self.opened_on));
        put("opened", word(self.opened_on, &self.opened_as));
        put("last_confirmed_on", json!(self.last_confirmed_on));
        put("counted_by", json!(self.counted_by.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>()));
        facts
    }

    /// The facts with a compact JWS over their canonical form: JSON in UTF-8, names in order, no white space.
    pub fn signed(&self, app: &App) -> Result<(BTreeMap<&'static str, Value>, String)> {
        let facts = self.facts(app);
        let jws = app.keyring().sign(&serde_json::to_vec(&facts)?)?;
        Ok((facts, jws))
    }

    /// What a reader of feeds shows.
    pub fn words(&self) -> String {
        let since = if self.state == State::Operating { String::new() } else { format!(" từ {}", date_vi(self.state_since)) };
        let mut lines = vec![format!("{} · {}{since}", kind_name(&self.kind, Tongue::Vi), self.state.name(Tongue::Vi))];
        if self.state == State::Closed {
            lines.push("Điểm đã đóng: đề nghị gỡ tin này khỏi cổng.".to_owned());
            return lines.join("\n");
        }
        if self.state == State::Suspended {
            lines.push("Điểm tạm ngừng: đề nghị tạm gỡ tin này khỏi cổng.".to_owned());
        }
        lines.extend(
            [self.address.clone(), Hours::words(&self.hours, Tongue::Vi), self.about.clone()].into_iter().filter(|line| !line.is_empty()),
        );
        lines.join("\n")
    }
}
