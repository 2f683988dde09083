//! The page of one product for whoever works with it.

use super::model::{self, Certificate, Product, Standing, State, standing};
use super::pages::{body, load, star_choices};
use super::withdrawal::Finding;
use super::{group, scale, store, term};
use crate::access::{Act, Voice};
use crate::error::Result;
use crate::file::{self, Attachment};
use crate::journal;
use crate::page::{Choice, Form, Shell, Visit};
use crate::party::Body;
use crate::text::Tongue;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "product/show.html")]
struct ShowPage {
    shell: Shell,
    talk: crate::talk::Card,
    product: Product,
    state: State,
    since: Option<NaiveDate>,
    current: Option<Certificate>,
    certificates: Vec<Certificate>,
    findings: Vec<Finding>,
    months: i64,
    knows_days_off: bool,
    producer: Option<Body>,
    unit: String,
    unit_today: String,
    pictures: Vec<Attachment>,
    history: Vec<journal::Entry>,
    form: Form,
    stars: Vec<Choice>,
    /// Whether there are sheets for a day.
    has_sheets: fn(NaiveDate) -> bool,
    today: NaiveDate,
    may_edit: bool,
    may_certify: bool,
    /// What belongs to the product elsewhere and is open to the reader: address, name.
    links: Vec<(String, &'static str)>,
    /// Whether the register of producers is open to the reader.
    may_open_producer: bool,
}

impl ShowPage {
    fn group(&self) -> &'static str {
        group::name(&self.product.group_id, Tongue::Vi)
    }

    fn score(&self, certificate: &Certificate) -> String {
        certificate.score.map(scale::points).unwrap_or_default()
    }

    /// Whether no source has the sheets by which a certificate was decided, so that its star cannot be computed again.
    fn lacks_sheet(&self, certificate: &Certificate) -> bool {
        certificate.decided_on.is_some_and(|on| !(self.has_sheets)(on))
    }

    /// How many days the certificate that counts has left after today, if it is valid.
    fn left(&self) -> Option<i64> {
        self.current.as_ref().filter(|_| self.state == State::Live).map(|certificate| (certificate.ends_on() - self.today).num_days() - 1)
    }

    /// What can be done about the end of the certificate that counts, from the day on which files are taken.
    fn to_do(&self, certificate: &Certificate) -> Option<String> {
        let rule = term::regrading(certificate.last_day()).filter(|rule| rule.from <= self.today)?;
        let is_near = rule.opens_on(certificate.last_day()) <= self.today || !certificate.file_no.is_empty();
        let is_open = is_near
            && certificate.withdrawn_on.is_none()
            && certificate.file_refused_on.is_none()
            && self.today <= rule.runs_until(certificate.last_day());
        is_open.then(|| super::regrading::to_do(certificate, Some(rule), &self.commune(), self.today))
    }

    fn commune(&self) -> String {
        if self.unit_today.is_empty() {
            "UBND cấp xã nơi sản xuất".to_owned()
        } else {
            format!("UBND {}", super::clock::lower_first(&self.unit_today))
        }
    }

    /// Whether a file for re-grading may be recorded now for the certificate that counts.
    fn may_file(&self, certificate: &Certificate) -> bool {
        let rule = term::regrading(certificate.last_day());
        certificate.file_no.is_empty()
            && certificate.withdrawn_on.is_none()
            && rule.is_some_and(|rule| {
                rule.opens_on(certificate.last_day()) <= self.today && self.today <= rule.runs_until(certificate.last_day())
            })
    }

    fn finding(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.is_open())
    }

    fn law(&self) -> Option<&'static term::Withdrawal> {
        term::withdrawal(self.today)
    }

    fn grounds(&self) -> Vec<Choice> {
        let listed = self
            .law()
            .map_or(&[][..], |rule| rule.ground.as_slice())
            .iter()
            .map(|ground| (ground.id.clone(), format!("{} ({})", ground.name, ground.clause)));
        std::iter::once((String::new(), "Chọn".to_owned())).chain(listed).collect()
    }

    fn signers(&self) -> Vec<Choice> {
        let listed = self.law().map_or(&[][..], |rule| rule.signer.as_slice()).iter().map(|signer| {
            let stars: Vec<String> = signer.stars.iter().map(i64::to_string).collect();
            (signer.name.clone(), format!("{} ({} sao)", signer.name, stars.join(", ")))
        });
        std::iter::once((String::new(), "Chọn".to_owned())).chain(listed).collect()
    }

    fn ground_name(&self, certificate: &Certificate) -> &'static str {
        term::ground_name(&certificate.withdrawn_ground, Tongue::Vi)
    }

    fn is_typed(&self, names: &[&str]) -> bool {
        names.iter().any(|name| !self.form.value(name).is_empty() || !self.form.error(name).is_empty())
    }

    /// The set that the printed name means, if one.
    fn set(&self) -> Option<&'static group::Set> {
        group::set(&self.product.set_id)
    }

    /// What the group was called on the day of the recognition that counts.
    fn group_then(&self) -> Option<(&'static str, &'static str)> {
        let day = self.current.as_ref().and_then(|paper| paper.decided_on)?;
        group::named_on(&self.product.group_id, day).filter(|(name, _)| *name != self.group())
    }
}

pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    show_page(&visit, &id, Form::new(Tongue::Vi)).await
}

/// The pages of other parts that speak of a product; none that the reader may not open.
fn links(visit: &Visit, product: &Product, state: State) -> Vec<(String, &'static str)> {
    let actor = &visit.actor;
    let is_own = actor.is(Voice::Business) && actor.body_id().is_some() && actor.body_id() == product.producer_id.as_deref();
    let is_staff = actor.is_staff();
    let (is_live, id) = (state == State::Live, &product.id);
    let named = |path: &str| crate::page::Fields::default().address(path, &[("q", &product.name)]);
    let producer = product.producer_id.as_deref().unwrap_or_default();
    let follows = is_own || actor.may(Act::FollowProducts);
    let all = [
        (is_staff || is_own, format!("/ket-noi?product={id}"), "Kết nối, kệ hàng, kết quả từng tháng"),
        (is_staff, format!("/ket-noi/can-cu?product={id}"), "Căn cứ bày trong khu OCOP"),
        ((is_staff || is_own) && is_live, format!("/ghep-noi/san-pham/{id}"), "Nơi bán phù hợp"),
        (follows, named("/dang-ky-san-pham"), "Đăng ký sản phẩm"),
        (actor.may(Act::ReadDossiers) && (is_own || is_staff), format!("/ho-so-danh-gia?product={id}"), "Hồ sơ đánh giá"),
        (actor.may(Act::PrepareDossiers) && is_own, format!("/ho-so-danh-gia/moi?product={id}"), "Lập hồ sơ đánh giá"),
        (follows && !producer.is_empty(), format!("/ho-tro-chu-the?chu-the={producer}"), "Hỗ trợ chủ thể"),
    ];
    all.into_iter().filter(|(is_open, ..)| *is_open).map(|(_, href, name)| (href, name)).collect()
}

/// A product with the form that was just refused, if one was.
pub async fn show_page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let mut tx = visit.app.db().read().await?;
    let product = load(&mut tx, visit, id).await?;
    let mut certificates = store::certificates(&mut tx, id).await?;
    let Standing { state, certificate, since } = standing(&certificates, today);
    let current = certificate.cloned();
    certificates.reverse();
    let months = scale::months(today);
    let findings = super::withdrawal::findings(&mut tx, id).await?;
    let knows_days_off = !crate::setting::days_off(&mut tx, today).await?.is_empty();
    let talk = crate::talk::card(&mut tx, visit, super::thing_of(&product)).await?;
    let page = ShowPage {
        talk,
        shell: visit.shell(&product.name),
        producer: body(&mut tx, &product.producer_id).await?,
        pictures: file::of(&mut tx, "product", id).await?,
        history: journal::history(&mut tx, "product", id, i64::MAX, 30).await?,
        unit: product.unit_id.as_deref().map(|unit| region.label_dated(unit, today)).unwrap_or_default(),
        unit_today: product.unit_today.as_deref().map(|unit| region.label(unit)).unwrap_or_default(),
        stars: star_choices("Chọn"),
        may_edit: model::may_edit(&visit.actor, &product),
        may_certify: model::may_certify(&visit.actor),
        links: links(visit, &product, state),
        may_open_producer: visit.actor.may(Act::ReadProducers),
        product,
        state,
        since,
        current,
        certificates,
        findings,
        months,
        knows_days_off,
        form,
        today,
        has_sheets: visit.app.held::<crate::product::HasSheets>().0,
    };
    page.form.answer(&page)
}
