//! What one row brings: a new product, a change, a certificate.

use super::*;

impl Seen {
    pub(super) fn outcome(&mut self, row: &mut Checked, known: &mut Known) -> std::result::Result<Outcome, Both> {
        let by_code = match row.code.as_str() {
            "" => None,
            _ => known.by_code(row, |product| self.bodies.same(product.producer_id.as_deref(), producer(row, &self.places)).is_some())?,
        };
        let (found, maker) = match by_code {
            Some(found) => (Some(found), None),
            None => {
                let maker = match self.bodies.body(row.number, producer(row, &self.places)).id() {
                    Ok(maker) => maker,
                    Err(Waits) => return Ok(Outcome::Waits),
                };
                let found = match &maker {
                    Some(maker) => {
                        self.made.clear_of(row, maker, &self.places)?;
                        known.by_name(row, maker, self.unit(row))?
                    }
                    None => None,
                };
                (found, maker)
            }
        };
        let Some(Found { product, note, by_name }) = found else {
            if row.name.is_empty() {
                let code = &row.code;
                return Err(both(
                    format!("chưa có sản phẩm mã “{code}” trong sổ; hãy nhập danh sách có tên sản phẩm trước"),
                    format!("there is no product “{code}” in the register; import a list with names first"),
                ));
            }
            return Ok(self.add(row, maker, known));
        };
        self.taken.take(&product)?;
        let outcome = self.change(row, product, by_name, known);
        if !matches!(outcome, Outcome::Refused(_) | Outcome::Waits) {
            self.summary.notes.extend(note.map(|text| Fault { row: Some(row.number), text }));
        }
        Ok(outcome)
    }

    /// What adds products and certificates, and what notes in the journal what is done.
    pub(super) fn fill(
        &mut self,
        added: &[(Product, Vec<Certificate>)],
        changed: &[Change],
        bodies: &Brought,
    ) -> Result<(Vec<Statement>, Vec<Statement>)> {
        let dialect = self.app.db().dialect();
        let products: Vec<&Product> = added.iter().map(|(product, _)| product).collect();
        let renewed = changed.iter().flat_map(|change| &change.certificates).filter_map(|certificate| match certificate {
            Certified::Added(certificate) => Some(certificate),
            Certified::Corrected(_) => None,
        });
        let certificates: Vec<&Certificate> = added.iter().flat_map(|(_, certificates)| certificates).chain(renewed).collect();
        let statements = bulk::add(dialect, &products).chain(bulk::add_certificates(dialect, &certificates)).collect::<DbResult<_>>()?;

        products.iter().for_each(|product| self.counts.add(product, 1));
        for change in changed {
            self.counts.add(&change.before, -1);
            self.counts.add(&change.after, 1);
        }
        let new = added.iter().map(|(product, certificates)| line("import_add", product, None, None, certificates.iter()));
        let old = changed.iter().map(|change| {
            line(
                "import_change",
                &change.after,
                Some(&change.before),
                change.tax_code.as_deref(),
                change.certificates.iter().map(Certified::of),
            )
        });
        let learnt =
            bodies.lines().map(|(body, detail)| Ok(PlainLine { verb: "learn_body", subject: ("body", body), detail: detail.to_string() }));
        let lines = new.chain(old).chain(learnt).collect::<serde_json::Result<Vec<_>>>()?;
        let Some(journal) = &mut self.journal else { return Ok((statements, Vec::new())) };
        let lines = journal.append(dialect, self.now, &self.actor, &self.actor_name, &lines)?;
        Ok((statements, lines))
    }

    pub(super) fn unit(&self, row: &Checked) -> Option<&Located> {
        row.place.and_then(|at| self.places.get(at))
    }

    /// An address that no other product has; a second one of the same name gets a number.
    pub(super) fn slug(&mut self, slug: String) -> String {
        let free = if self.slugs.contains(&slug) {
            (2..).map(|n| format!("{slug}-{n}")).find(|slug| !self.slugs.contains(slug)).unwrap_or(slug)
        } else {
            slug
        };
        self.slugs.insert(free.clone());
        free
    }

    /// What follows from the fields; the unit of today is known by the place of the row.
    pub(super) fn derive(&self, product: &mut Product, row: &Checked) {
        product.name_fold = text::fold(&product.name);
        product.sort = text::sort_key(&product.name);
        product.unit_today = self.unit(row).and_then(|place| place.today_at(self.app.region(), product.pin()));
    }

    pub(super) fn holder(row: &Checked, product_id: &str, known: &Known) -> Option<Both> {
        let taken = row
            .claims
            .iter()
            .filter_map(|claim| claim.number.as_deref())
            .find_map(|number| Some((number, known.holders.get(number).filter(|(holder, ..)| holder != product_id)?)));
        let (number, (_, code, name)) = taken?;
        let (vi, en) = if code.is_empty() {
            (format!("“{name}”"), format!("“{name}”"))
        } else {
            (format!("mã “{code}”"), format!("with code “{code}”"))
        };
        Some(both(
            format!("Số giấy chứng nhận: “{number}” đã là của sản phẩm {vi}; hãy kiểm tra số hoặc mã"),
            format!("certificate_no: “{number}” belongs to the product {en}; check the number or the code"),
        ))
    }

    pub(super) fn add(&mut self, row: &mut Checked, maker: Option<String>, known: &Known) -> Outcome {
        if let Some(text) = Self::holder(row, "", known) {
            return Outcome::Refused(vec![text]);
        }
        let mut product = blank(&self.actor, self.now);
        let certificates: Vec<Certificate> =
            row.claims.iter().filter_map(|claim| claim.certificate(&product.id, self.months, &self.file, &self.actor, self.now)).collect();
        if let Some(maker) = &maker {
            self.made.put(row, maker);
        }
        product.producer_id = maker;
        if self.journal.is_none() {
            return Outcome::Added(Box::new((product, certificates)));
        }
        product.slug = self.slug(store::slug(&row.name, &row.code));
        product.code = take(&mut row.code);
        product.code_fold = take(&mut row.code_fold);
        product.name = take(&mut row.name);
        if let Some((group, printed)) = row.group {
            (product.group_id, product.group_as) = (group.to_owned(), printed.to_owned());
        }
        product.set_name = take(&mut row.set_name);
        if let Some(place) = self.unit(row) {
            (product.unit_id, product.origin) = (place.unit_id.clone(), place.origin.clone());
        }
        product.price = row.price;
        product.description = take(&mut row.description);
        (product.lon, product.lat) = (row.pin.map(|pin| pin.0), row.pin.map(|pin| pin.1));
        product.source = take(&mut row.source);
        self.derive(&mut product, row);
        stamp(&mut product, &certificates, self.today);
        Outcome::Added(Box::new((product, certificates)))
    }

    pub(super) fn change(&mut self, row: &Checked, before: Arc<Product>, by_name: bool, known: &mut Known) -> Outcome {
        let given = self.given.clone();
        if before.demo {
            return Outcome::Refused(vec![both(
                format!("mã “{}” là của dữ liệu mẫu; hãy dùng mã khác", before.code),
                format!("code “{}” belongs to sample data; use another", before.code),
            )]);
        }
        if let Some(text) = Self::holder(row, &before.id, known) {
            return Outcome::Refused(vec![text]);
        }
        let mut certificates = known.certificates.remove(&before.id).unwrap_or_default();
        let mut after = Product::clone(&before);
        // an empty cell changes nothing, unless it was written to clear
        let says = |col: Col, is_empty: bool| given.has(col) && (!is_empty || row.cleared.has(col));
        let put = |col: Col, field: &mut String, value: &str| {
            if says(col, value.is_empty()) && *field != value && text::nfc_block(field) != value {
                value.clone_into(field);
            }
        };
        if !by_name {
            put(Col::Name, &mut after.name, &row.name);
        }
        if before.code.is_empty() && !row.code.is_empty() {
            after.code.clone_from(&row.code);
        }
        put(Col::Set, &mut after.set_name, &row.set_name);
        put(Col::Description, &mut after.description, &row.description);
        put(Col::Source, &mut after.source, &row.source);
        if row.group.is_some() || row.cleared.has(Col::Group) {
            let (group, printed) = row.group.unwrap_or_default();
            // a group of before that a person has placed stays where it was placed
            if printed.is_empty() || printed != before.group_as {
                (after.group_id, after.group_as) = (group.to_owned(), printed.to_owned());
            }
        }
        if says(Col::Price, row.price.is_none()) {
            after.price = row.price;
        }
        if row.pin.is_some() || row.cleared.has(Col::Lon) || row.cleared.has(Col::Lat) {
            let (lon, lat) = (row.pin.map(|pin| pin.0), row.pin.map(|pin| pin.1));
            if !alike(before.lon, lon) || !alike(before.lat, lat) {
                (after.lon, after.lat) = (lon, lat);
            }
        }
        // goods of elsewhere have no unit here; an empty cell changes nothing
        if let Some(place) = self.unit(row) {
            (after.unit_id, after.origin) = (place.unit_id.clone(), place.origin.clone());
        } else if row.cleared.has(Col::Unit) {
            (after.unit_id, after.origin) = (None, String::new());
        }
        let mut tax_code = None;
        if says(Col::Producer, row.producer.is_empty()) {
            let named = producer(row, &self.places);
            match self.bodies.same(before.producer_id.as_deref(), named) {
                Some(missing) => tax_code = missing,
                None => match self.bodies.body(row.number, named).id() {
                    Ok(id) => after.producer_id = id,
                    Err(Waits) => return Outcome::Waits,
                },
            }
        }
        let mut certified = Vec::new();
        for claim in &row.claims {
            match self.certify(claim, row.cleared, &after, &certificates) {
                Ok(None) => {}
                Ok(Some(new)) => {
                    match &new {
                        Certified::Added(new) => certificates.push(new.clone()),
                        Certified::Corrected(new) => {
                            certificates.iter_mut().filter(|known| known.id == new.id).for_each(|known| known.clone_from(new))
                        }
                    }
                    certified.push(new);
                }
                Err(text) => return Outcome::Refused(vec![text]),
            }
        }
        if after == *before && tax_code.is_none() && certified.is_empty() {
            return Outcome::Unchanged;
        }
        store::derive(&mut after, self.app.region(), self.today);
        stamp(&mut after, &certificates, self.today);
        Outcome::Changed(Box::new(Change { before, after, tax_code, certificates: certified }))
    }

    /// What a row does to the certificates of its product: the one it means is found by number, else by the day of the
    /// decision; an empty cell says nothing.
    pub(super) fn certify(
        &self,
        claim: &Claim,
        cleared: Cleared,
        product: &Product,
        certificates: &[Certificate],
    ) -> Result<Option<Certified>, Both> {
        let Some(first) = claim.first_day() else { return Ok(None) };
        let Some(known) = claim.meant(certificates)? else {
            return Ok(claim.certificate(&product.id, self.months, &self.file, &self.actor, self.now).map(Certified::Added));
        };
        let mut after = known.clone();
        if claim.dates_anew(known) {
            (after.decided_on, after.decided_as) = Edtf::columns(claim.decided);
            after.valid_from = first;
            // a last day that was printed stays
            if let Some(last) = claim.last_day().filter(|_| known.end_rule != term::PRINTED) {
                after.end_at(end_of(last, self.months).unwrap_or(after.valid_to));
                after.end_rule = term::end_rule(last).to_owned();
            }
        }
        // a file that says what is known, an export of this store for one, does not say that a paper prints it
        if let Some(end) = claim.valid_until.and_then(|last| last.succ_opt()).filter(|end| *end != after.valid_to) {
            after.end_at(end);
            after.end_rule = term::PRINTED.to_owned();
        } else if cleared.has(Col::ValidUntil) {
            let last = claim.last_day().unwrap_or(first);
            after.end_at(end_of(last, self.months).unwrap_or(after.valid_to));
            after.end_rule = term::end_rule(last).to_owned();
        }
        if !claim.decision_no.is_empty() || cleared.has(Col::DecisionNo) {
            after.decision_no.clone_from(&claim.decision_no);
        }
        if !claim.recognised_by.is_empty() || cleared.has(Col::RecognisedBy) {
            after.recognised_by.clone_from(&claim.recognised_by);
        }
        if claim.recognition.is_some() || cleared.has(Col::Recognition) {
            claim.recognition.map_or("", Recognition::word).clone_into(&mut after.recognition);
        }
        after.stars = claim.stars.unwrap_or(after.stars);
        after.score = claim.score.or(after.score).filter(|_| !cleared.has(Col::Score));
        after.number = claim.number.clone().or(after.number).filter(|_| !cleared.has(Col::CertificateNo));
        if after == *known {
            return Ok(None);
        }
        after.check_withdrawn()?;
        Ok(Some(Certified::Corrected(after)))
    }
}
