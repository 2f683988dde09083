//! The minutes of an inspection.

use axum::extract::Path;
use axum::response::Response;

use super::model::{InspectionAnswer, InspectionFinding, InspectionPaper};
use crate::access::{Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::inspection;
use crate::page::Visit;

pub(super) fn routes() -> Routes {
    Routes::new().get("/kiem-tra/{id}/bien-ban.pdf", Need::Rows, show)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let desk = inspection::Desk::load(&mut tx, &visit, &id).await?;
    let Some(visited_on) = desk.inspection.visited_on.filter(|_| desk.inspection.is_done()) else {
        return Err(Refusal::rule(
            "not-done",
            both("Lần kiểm tra này chưa hoàn thành nên chưa có biên bản.", "This inspection is not finished, so there are no minutes yet."),
            both("Hãy hoàn thành phiếu kiểm tra rồi in lại.", "Finish the inspection sheet, then print."),
        )
        .into());
    };
    let operator = super::name_of(&mut tx, desk.point.operator_id.as_deref()).await?;
    let shelf = inspection::shelf::summary(&mut tx, &desk.inspection).await?;
    drop(tx);
    let lines = [("Không được bày", &shelf.wrong), ("Không thấy trên kệ", &shelf.missing), ("Ngoài sổ kết nối", &shelf.unknown)];
    let on_shelf = lines
        .into_iter()
        .flat_map(|(kind, rows)| rows.iter().map(move |(product, what)| (kind.to_owned(), product.clone(), what.clone())))
        .collect();
    let mut photos: Vec<(String, usize)> = Vec::new();
    for picture in &desk.pictures {
        match photos.iter_mut().find(|(caption, _)| *caption == picture.caption) {
            Some((_, number)) => *number += 1,
            None => photos.push((picture.caption.clone(), 1)),
        }
    }
    let sets = desk.basis.as_ref().map(|basis| basis.sets.clone()).unwrap_or_default();
    let wording = |set: &str, item: &str| {
        let sets = sets.iter().filter(|known| known.id == set);
        sets.flat_map(|set| &set.groups)
            .flat_map(|group| &group.criteria)
            .find(|known| known.id == item)
            .map_or_else(String::new, |known| known.text.clone())
    };
    let answers = desk.answers.iter().map(|answer| InspectionAnswer {
        id: answer.criterion_id.clone(),
        text: wording(&answer.set_id, &answer.criterion_id),
        verdict: answer.verdict.name().to_owned(),
        note: answer.note.clone(),
    });
    let data = InspectionPaper {
        unit: super::unit_of(&visit, &desk.point),
        operator,
        visited_on,
        running: desk.inspection.running.clone(),
        team: desk.inspection.team.clone(),
        note: desk.inspection.note.clone(),
        answers: answers.collect(),
        findings: desk.findings.into_iter().map(|finding| InspectionFinding { what: finding.what, fix_by: finding.fix_by }).collect(),
        sets,
        looked: shelf.looked,
        shelf: on_shelf,
        photos,
        point: desk.point,
    };
    super::print_minutes(&visit, &data).await
}
