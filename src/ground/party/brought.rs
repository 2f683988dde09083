//! What a file brings of bodies: new ones, what known ones lacked, and what is told of both.

use chrono::{DateTime, Utc};

use super::identity::Name;
use crate::db::{DbResult, Tx};
use crate::error::{Both, both};
use crate::{execute, execute_many, text};

/// A body that comes with a row.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) keys: Name,
    pub(super) tax_code: Option<String>,
    pub(super) unit: Option<String>,
}

/// What a row says of a body that did not have it.
#[derive(Clone, Debug)]
pub(super) struct Learnt {
    pub(super) id: String,
    pub(super) tax_code: Option<String>,
    pub(super) unit: Option<String>,
}

/// What a file brings of bodies.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    pub(super) new: Vec<New>,
    pub(super) learnt: Vec<Learnt>,
}

impl Brought {
    /// Writes it.
    pub async fn save(&self, tx: &mut Tx, source: &str, now: DateTime<Utc>) -> DbResult<()> {
        execute_many!(
            tx,
            10,
            "insert into body (id, kind, name, name_fold, name_key, near_key, tax_code, unit_id, short, address, phone, source, note, demo, version, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, '', '', '', $9, '', false, 1, $10)",
            self.new,
            |body| [
                &body.id,
                body.kind,
                &body.name,
                text::fold(&body.name),
                &body.keys.key,
                &body.keys.near,
                &body.tax_code,
                &body.unit,
                source,
                now
            ]
        )?;
        for body in &self.learnt {
            if let Some(tax_code) = &body.tax_code {
                set_tax_code(tx, &body.id, tax_code).await?;
            }
            if let Some(unit) = &body.unit {
                execute!(tx, "update body set unit_id = $2, version = version + 1 where id = $1 and unit_id is null", &body.id, unit)?;
            }
        }
        Ok(())
    }

    /// Whether a body is one of the new ones.
    pub fn adds(&self, id: &str) -> bool {
        self.new.iter().any(|body| body.id == id)
    }

    /// What the journal says of bodies that were known: id and change.
    pub fn lines(&self) -> impl Iterator<Item = (&str, serde_json::Value)> {
        self.learnt.iter().map(|body| (body.id.as_str(), serde_json::json!({"set": {"tax_code": body.tax_code, "unit": body.unit}})))
    }
}

/// Notes the tax code of a body that had none.
pub async fn set_tax_code(tx: &mut Tx, id: &str, tax_code: &str) -> DbResult<u64> {
    execute!(tx, "update body set tax_code = $2, version = version + 1 where id = $1 and tax_code is null", id, tax_code)
}

/// The tax code says who it is, the name is written otherwise.
pub(super) fn written_otherwise(known: &str) -> Both {
    both(
        format!("tên ghi khác trong sổ nhưng cùng mã số thuế nên là “{known}”; tên trong sổ giữ nguyên"),
        format!("the name differs from the register's but the tax code is that of “{known}”, whose name stays"),
    )
}

/// The only body of that name, though one of the two has no unit.
pub(super) fn unit_unknown(known: &str) -> Both {
    both(
        format!("coi là “{known}” đã có, vì chỉ có một chủ thể tên này và một bên chưa rõ xã, phường"),
        format!("taken for “{known}”, the only body of this name; the unit of one of the two is not known"),
    )
}

/// Two names that differ by their marks.
pub(super) fn other_marks(name: &str, known: &str) -> Both {
    both(
        format!("“{name}” khác dấu với “{known}” trong cùng xã, phường nên là chủ thể khác; nếu là một, hãy nhập làm một ở trang chủ thể"),
        format!(
            "“{name}” differs by its marks from “{known}” in the same unit and is another body; if they are one, join them on the body's page"
        ),
    )
}

/// A body takes the tax code of a row.
pub(super) fn code_learnt(known: &str) -> Both {
    both(
        format!("“{known}” chưa có mã số thuế nên ghi mã của dòng này"),
        format!("“{known}” had no tax code; that of this row is recorded"),
    )
}

/// Two bodies of one name and unit, each with its code.
pub(super) fn other_tax_code() -> Both {
    both(
        "cùng tên và xã, phường với chủ thể ở dòng khác nhưng khác mã số thuế nên là hai chủ thể",
        "same name and unit as the body of another row but another tax code, so these are two bodies",
    )
}

/// A tax code that was said to be of another body.
pub(super) fn code_left_out() -> Both {
    both(
        "mã số thuế là của chủ thể khác như đã trả lời nên không ghi cho chủ thể này",
        "the tax code belongs to another body, as was answered, and is not recorded for this one",
    )
}
