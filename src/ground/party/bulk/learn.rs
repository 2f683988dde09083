//! What a file brings of bodies: the question that is asked, what a body learns of a row, a new body.

use super::*;

impl Finder {
    pub(super) fn ask(&mut self, row: u32, named: Named<'_>, kind: &str, seat: &Seat, candidates: Vec<(usize, Why)>) {
        let unit = match seat.units() {
            [only] => Some(only.as_str()),
            _ => named.unit,
        };
        let key = [named.keys.key.as_str(), named.tax_code.unwrap_or_default(), unit.unwrap_or_default(), kind].join("\u{1f}");
        let question = match self.question_of.get(&key) {
            Some(at) => *at,
            None => {
                self.question_of.insert(key.clone(), self.questions.len());
                self.questions.push(Question {
                    key,
                    name: named.name.to_owned(),
                    name_key: named.keys.key.clone(),
                    kind: kind.to_owned(),
                    tax_code: named.tax_code.unwrap_or_default().to_owned(),
                    unit_id: unit.map(str::to_owned),
                    candidates: Vec::new(),
                });
                self.questions.len() - 1
            }
        };
        for (at, why) in candidates {
            let body = &self.bodies[at];
            let known = &mut self.questions[question].candidates;
            if !known.iter().any(|known| known.id == body.id) {
                known.push(Candidate { id: body.id.clone(), name: body.name.clone(), why });
            }
        }
        if self.asked.last() != Some(&(row, question)) {
            self.asked.push((row, question));
        }
    }

    pub(super) fn learn(&mut self, row: u32, at: usize, named: Named<'_>, seat: &Seat) {
        let body = &self.bodies[at];
        let tax_code = named.tax_code.filter(|code| body.tax_code.is_none() && !self.by_tax_code.contains_key(*code)).map(str::to_owned);
        let unit = named.unit.filter(|_| body.unit.is_none()).map(str::to_owned);
        if tax_code.is_none() && unit.is_none() {
            return;
        }
        if let Some(code) = &tax_code {
            self.tell(TAX_CODE, at, row, |known| code_learnt(&known.name));
            self.by_tax_code.insert(code.clone(), at);
            self.bodies[at].tax_code = Some(code.clone());
        }
        if unit.is_some() {
            let body = &mut self.bodies[at];
            (body.unit, body.seat) = (unit.clone(), seat.clone());
            if let ([today], true) = (seat.units(), body.keys.near.len() >= identity::LONG) {
                self.by_unit.entry(today.clone()).or_default()[usize::from(body.tax_code.is_some())].push(at);
            }
        }
        self.brought.learnt.push(Learnt { id: self.bodies[at].id.clone(), tax_code, unit });
    }

    pub(super) fn add(&mut self, row: u32, named: Named<'_>, seat: Seat) -> Who {
        let is_taken = named.tax_code.is_some_and(|code| self.by_tax_code.contains_key(code));
        if is_taken {
            self.notes.push(Fault { row: Some(row), text: code_left_out() });
        }
        let new = New {
            id: clock::new_id(),
            kind: named.kind.map_or("", BodyKind::word),
            name: named.name.to_owned(),
            keys: named.keys.clone(),
            tax_code: named.tax_code.filter(|_| !is_taken).map(str::to_owned),
            unit: named.unit.map(str::to_owned),
        };
        let id = new.id.clone();
        self.put(Known {
            id: id.clone(),
            kind: new.kind.to_owned(),
            name: new.name.clone(),
            keys: new.keys.clone(),
            tax_code: new.tax_code.clone(),
            unit: new.unit.clone(),
            seat,
            joined_to: None,
            is_new: true,
        });
        self.brought.new.push(new);
        Who::New(id)
    }
}
