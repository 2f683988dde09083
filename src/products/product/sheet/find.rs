//! Which product of the store a row means: by its code, by a code that only the eye takes for the same, or, where there is no
//! code, by who makes what where.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::check::Checked;
use crate::error::{Both, both};
use crate::party::identity::key;
use crate::product::code;
use crate::product::model::{Certificate, Product};
use crate::region::Located;

/// Products that rows of a batch may mean, with their certificates.
#[derive(Default)]
pub struct Known {
    products: HashMap<String, Arc<Product>>,
    by_code: HashMap<String, Vec<String>>,
    by_producer: HashMap<String, Vec<String>>,
    /// Certificates by product.
    pub certificates: HashMap<String, Vec<Certificate>>,
    /// Of which product each certificate number is: id, code and name.
    pub holders: HashMap<String, (String, String, String)>,
}

/// A product that a row means, and what is worth a look in that.
pub struct Found {
    /// The product.
    pub product: Arc<Product>,
    /// How it was found, where not by its very code.
    pub note: Option<Both>,
    /// It was found by its name alone, so the name as written says nothing new.
    pub by_name: bool,
}

impl Known {
    /// Adds products of the store.
    pub fn put(&mut self, products: Vec<Product>) {
        for product in products {
            if self.products.contains_key(&product.id) {
                continue;
            }
            if !product.code_fold.is_empty() {
                self.by_code.entry(product.code_fold.clone()).or_default().push(product.id.clone());
            }
            if let Some(producer) = &product.producer_id {
                self.by_producer.entry(producer.clone()).or_default().push(product.id.clone());
            }
            self.products.insert(product.id.clone(), Arc::new(product));
        }
    }

    /// All of them.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.values().map(Arc::as_ref)
    }

    /// Whether a product has this code, or one that the eye takes for it.
    pub fn has_code(&self, code_fold: &str) -> bool {
        self.by_code.contains_key(code_fold)
    }

    fn found(&self, id: &str, note: Option<Both>, by_name: bool) -> Option<Found> {
        self.products.get(id).map(|product| Found { product: product.clone(), note, by_name })
    }

    /// The product with a row's code. A code that differs by case, blanks, dashes or zeros alone is another one's, unless name and
    /// producer say that it is the same; `is_producer` tells whether a product is of the row's producer.
    ///
    /// # Errors
    /// The code is as good as that of another product.
    pub fn by_code(&self, row: &Checked, is_producer: impl Fn(&Product) -> bool) -> Result<Option<Found>, Both> {
        let products = || self.by_code.get(&row.code_fold).into_iter().flatten().filter_map(|id| self.products.get(id).map(Arc::as_ref));
        if let Some(id) = products().find(|product| product.code == row.code).map(|product| product.id.clone()) {
            return Ok(self.found(&id, None, false));
        }
        let agrees = |product: &&Product| key(&product.name) == key(&row.name) && is_producer(product);
        let Some(product) = products().find(agrees).or_else(|| products().next()) else { return Ok(None) };
        let (typed, known, name) = (&row.code, &product.code, &product.name);
        if !agrees(&product) {
            return Err(both(
                format!(
                    "mã “{typed}” chỉ khác mã “{known}” của “{name}” ở chữ hoa, dấu cách, gạch nối hoặc số 0; nếu là sản phẩm đó, hãy ghi đúng mã “{known}”, nếu không, hãy đổi mã"
                ),
                format!(
                    "code “{typed}” differs from “{known}” of “{name}” by case, blanks, dashes or zeros alone; if it is that product write “{known}”, else change the code"
                ),
            ));
        }
        let note = both(
            format!(
                "mã “{typed}” chỉ khác mã “{known}” đã có ở chữ hoa, dấu cách, gạch nối hoặc số 0; cùng tên và chủ thể nên là sản phẩm đó, mã giữ như đã ghi"
            ),
            format!(
                "code “{typed}” differs from the known “{known}” by case, blanks, dashes or zeros alone; name and producer agree, so it is that product, whose code stays"
            ),
        );
        let id = product.id.clone();
        Ok(self.found(&id, Some(note), false))
    }

    /// The product that a producer makes under a row's name in its unit; of a row with a code only one that has none yet.
    ///
    /// # Errors
    /// There are several.
    pub fn by_name(&self, row: &Checked, producer_id: &str, place: Option<&Located>) -> Result<Option<Found>, Both> {
        let Some(own) = self.by_producer.get(producer_id) else { return Ok(None) };
        let is_coded = !row.code.is_empty();
        let named = key(&row.name);
        let products = own.iter().filter_map(|id| self.products.get(id).map(Arc::as_ref));
        let same: Vec<&Product> = products
            .filter(|product| (!is_coded || product.code.is_empty()) && key(&product.name) == named && may_lie(product, place))
            .collect();
        let product = match same[..] {
            [] => return Ok(None),
            [only] => only,
            _ => {
                let codes = same.iter().map(|product| code::shown(&product.code)).collect::<Vec<_>>().join(", ");
                return Err(both(
                    format!("chủ thể này có nhiều sản phẩm tên “{}” ({codes}); hãy ghi mã", row.name),
                    format!("this producer has several products called “{}” ({codes}); write the code", row.name),
                ));
            }
        };
        let name = &product.name;
        let note = match (is_coded, product.code.as_str()) {
            (true, _) => Some(both(
                format!("“{name}” đã có trong sổ mà chưa có mã (cùng chủ thể, xã, phường và tên); nay được ghi mã “{}”", row.code),
                format!("“{name}” is in the register without a code (the same producer, unit and name); it is given “{}”", row.code),
            )),
            (false, "") => None,
            (false, code) => Some(both(
                format!("dòng không có mã, được hiểu là “{name}” mã “{code}” vì cùng chủ thể, xã, phường và tên"),
                format!("the row has no code and is taken for “{name}” with code “{code}”: the same producer, unit and name"),
            )),
        };
        let id = product.id.clone();
        Ok(self.found(&id, note, true))
    }
}

/// Whether a product may lie where a row says: of a unit that one of the two does not name, nothing is known against it.
fn may_lie(product: &Product, place: Option<&Located>) -> bool {
    let Some(place) = place else { return true };
    if place.origin != product.origin {
        return false;
    }
    let (Some(own), Some(unit)) = (&place.unit_id, &product.unit_id) else { return true };
    own == unit || product.unit_today.as_ref().is_some_and(|today| place.heirs.contains(today))
}

/// Products that rows of this file have named: each is named once.
#[derive(Default)]
pub struct Named(HashSet<String>);

impl Named {
    /// Notes that a row means a product.
    ///
    /// # Errors
    /// A row before it did.
    pub fn take(&mut self, product: &Product) -> Result<(), Both> {
        if self.0.insert(product.id.clone()) {
            return Ok(());
        }
        let name = code::titled(&product.code, &product.name);
        Err(both(
            format!("dòng trước trong tệp cũng là của “{name}”; hãy giữ một dòng, hoặc ghi cùng một mã"),
            format!("a row before it is of “{name}” too; keep one of them, or write the same code"),
        ))
    }
}

/// Products that rows of this file brought, by producer and name.
#[derive(Default)]
pub struct Made {
    hasher: RandomState,
    rows: HashMap<u64, Vec<MadeRow>>,
}

#[derive(Clone, Copy)]
struct MadeRow {
    number: u32,
    place: Option<usize>,
    is_coded: bool,
}

impl Made {
    fn key(&self, row: &Checked, producer_id: &str) -> u64 {
        self.hasher.hash_one((row.named, producer_id))
    }

    /// Notes that a row brings a product.
    pub fn put(&mut self, row: &Checked, producer_id: &str) {
        let made = MadeRow { number: row.number, place: row.place, is_coded: !row.code.is_empty() };
        self.rows.entry(self.key(row, producer_id)).or_default().push(made);
    }

    /// Whether a row is of none of them. Two rows of one producer and name that say alike where are brought together before; what
    /// is left are rows of which one does not say where, or names its producer otherwise.
    ///
    /// # Errors
    /// It may be of one of them: one of the two has no code, and nothing tells them apart.
    pub fn clear_of(&self, row: &Checked, producer_id: &str, places: &[Located]) -> Result<(), Both> {
        let made = self.rows.get(&self.key(row, producer_id)).into_iter().flatten();
        let place = |at: Option<usize>| at.and_then(|at| places.get(at));
        let Some(first) =
            made.filter(|made| !made.is_coded || row.code.is_empty()).find(|made| may_be_one(place(made.place), place(row.place)))
        else {
            return Ok(());
        };
        let (first, name) = (first.number, &row.name);
        Err(both(
            format!(
                "có thể cùng là “{name}” ở dòng {first}: cùng chủ thể và tên, mà một dòng không có mã và không có gì phân biệt xã, phường; hãy giữ một dòng, hoặc ghi mã hay xã, phường cho cả hai"
            ),
            format!(
                "may be “{name}” of row {first}: the same producer and name, one of the rows has no code and nothing tells their units apart; keep one of them, or give both a code or a unit"
            ),
        ))
    }
}

/// Whether two rows may speak of one place: of one that says nothing, nothing is known against it.
fn may_be_one(a: Option<&Located>, b: Option<&Located>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    a.origin == b.origin && (a.unit_id == b.unit_id || a.heirs.iter().any(|heir| b.heirs.contains(heir)))
}
