//! What came of a connection in a month. Pure.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

use crate::access::{Actor, Scope, Voice};
use crate::connection::model::is_office;
use crate::error::{Both, both};
use crate::typed::money;
use crate::typed::{Errors, Fields};

/// Most of a quantity.
const MOST: i64 = 1_000_000_000;

/// A connection with its two sides, as far as results need it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Pair {
    /// Identifier of the connection.
    pub id: String,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// Of what its capacity is counted.
    pub unit: String,
    /// Who makes it.
    pub producer_id: Option<String>,
    /// Name of the producer.
    pub producer: String,
    /// The point.
    pub point_id: Option<String>,
    /// Or the chain.
    pub chain_id: Option<String>,
    /// Name of either.
    pub place: String,
    /// Who runs the point.
    pub operator_id: Option<String>,
    /// Stage in the ledger.
    pub stage: String,
    /// First day on the shelf.
    pub on_shelf_from: Option<NaiveDate>,
    /// First day no longer.
    pub off_shelf_on: Option<NaiveDate>,
}

impl Pair {
    /// Whether a body is one of its two sides.
    pub fn is_of(&self, body: &str) -> bool {
        [&self.producer_id, &self.operator_id, &self.chain_id].into_iter().any(|side| side.as_deref() == Some(body))
    }

    /// The key of the place: 'point:ID' or 'chain:ID'.
    pub fn key(&self) -> String {
        match (&self.point_id, &self.chain_id) {
            (Some(id), _) => format!("point:{id}"),
            (_, Some(id)) => format!("chain:{id}"),
            _ => String::new(),
        }
    }

    /// Why nothing can be told of a month.
    pub fn check(&self, month: NaiveDate, today: NaiveDate) -> Result<(), Both> {
        if month > first_day(today) {
            return Err(both(format!("Tháng {} chưa đến.", month_vi(month)), format!("Month {} has not come.", month_vi(month))));
        }
        let Some(from) = self.on_shelf_from else {
            return Err(both(
                "Sản phẩm này chưa lên kệ nên chưa có kết quả.",
                "The product has not been on the shelf, so there is no result.",
            ));
        };
        if month < first_day(from) {
            return Err(both(
                format!("Sản phẩm lên kệ từ ngày {}; chưa có kết quả của tháng {}.", crate::text::date_vi(from), month_vi(month)),
                format!(
                    "The product has been on the shelf since {}; there is no result of {}.",
                    crate::text::date_vi(from),
                    month_vi(month)
                ),
            ));
        }
        match self.off_shelf_on {
            Some(off) if off <= month => Err(both(
                format!("Sản phẩm đã xuống kệ từ ngày {}; không có kết quả của tháng {}.", crate::text::date_vi(off), month_vi(month)),
                format!("The product left the shelf on {}; there is no result of {}.", crate::text::date_vi(off), month_vi(month)),
            )),
            _ => Ok(()),
        }
    }

    /// Months of which results can be told, the latest first; at most two years of them.
    pub fn months(&self, today: NaiveDate) -> Vec<NaiveDate> {
        std::iter::successors(Some(first_day(today)), |month| month.checked_sub_months(Months::new(1)))
            .take(24)
            .filter(|month| self.check(*month, today).is_ok())
            .collect()
    }
}

/// The result of a month as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Told {
    /// First day of the month.
    pub month: NaiveDate,
    /// How much was sold.
    pub quantity: Option<i64>,
    /// Of what.
    pub unit: String,
    /// For how much, đồng.
    pub revenue: Option<i64>,
    /// Remark.
    pub note: String,
    /// Who told it: role and body.
    pub told_by: String,
    /// When.
    pub told_at: DateTime<Utc>,
}

/// What is typed of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// The month.
    pub month: NaiveDate,
    /// How much was sold.
    pub quantity: Option<i64>,
    /// Of what.
    pub unit: String,
    /// For how much.
    pub revenue: Option<i64>,
    /// Remark.
    pub note: String,
}

/// First day of a day's month.
pub fn first_day(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// "11/2026".
pub fn month_vi(month: NaiveDate) -> String {
    format!("{:02}/{}", month.month(), month.year())
}

/// The word of a month in an address: "2026-11".
pub fn month_word(month: NaiveDate) -> String {
    format!("{}-{:02}", month.year(), month.month())
}

/// Reads "2026-11" or "11/2026".
pub fn read_month(typed: &str) -> Option<NaiveDate> {
    let (year, month) = match typed.split_once('-') {
        Some((year, month)) => (year, month),
        None => typed.split_once('/').map(|(month, year)| (year, month))?,
    };
    let year = year.parse::<i32>().ok().filter(|year| (crate::law::first_year()..=2100).contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, 1)
}

/// The month before.
pub fn before(month: NaiveDate) -> NaiveDate {
    month.checked_sub_months(Months::new(1)).unwrap_or(month)
}

/// The month after.
pub fn after(month: NaiveDate) -> NaiveDate {
    month.checked_add_months(Months::new(1)).unwrap_or(month)
}

/// Whether a caller writes down the result of a connection it sees.
pub fn may_tell(actor: &Actor, pair: &Pair) -> bool {
    match actor.scope() {
        Scope::Body(body) => actor.is(Voice::Business) && actor.confirmed && pair.is_of(&body),
        _ => is_office(actor) || actor.is(Voice::Commune),
    }
}

/// Reads the result of a month.
pub fn read(fields: &Fields, pair: &Pair, today: NaiveDate) -> Result<Typed, Errors> {
    let mut errors = Errors::default();
    let month = read_month(fields.get("month"));
    match month {
        None => errors.add("month", both("Hãy chọn tháng.", "Choose the month.")),
        Some(month) => drop(errors.take("month", pair.check(month, today))),
    }
    let quantity = fields.some("quantity").and_then(|typed| match typed.replace(['.', ' '], "").parse::<i64>() {
        Ok(count) if (0..=MOST).contains(&count) => Some(count),
        _ => {
            errors.add("quantity", both("Hãy ghi số nguyên không âm, ví dụ 120.", "Write a whole number, not negative, as 120."));
            None
        }
    });
    match (quantity, fields.get("unit")) {
        (Some(1..), "") => errors.add("unit", both("Hãy ghi đơn vị tính, ví dụ kg, hộp.", "Write what is counted, as kg or boxes.")),
        (_, unit) => {
            errors.within("unit", unit, 20);
        }
    }
    // nothing sold is a result too
    let revenue = match fields.get("revenue") {
        "" => None,
        "0" => Some(0),
        typed => errors.take("revenue", money(typed)),
    };
    if fields.get("quantity").is_empty() && fields.get("revenue").is_empty() {
        errors.add(
            "quantity",
            both(
                "Hãy ghi số lượng hoặc doanh thu; không bán được thì ghi 0.",
                "Write the quantity or the revenue; write 0 if nothing was sold.",
            ),
        );
    }
    errors.within("note", fields.get("note"), 500);
    match month {
        Some(month) if errors.is_empty() => Ok(Typed {
            month,
            quantity,
            unit: quantity.map(|_| fields.get("unit").to_owned()).unwrap_or_default(),
            revenue,
            note: fields.get("note").to_owned(),
        }),
        _ => Err(errors),
    }
}
