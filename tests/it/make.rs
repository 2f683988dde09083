//! Makes the rows of each noun (`nouns.rs`) in a world: here, there, perhaps there and nowhere, of this body and of that.

use crate::world::{BAT_TRANG, HA_DONG, Row, World};

/// What makes the rows of a noun.
pub type Made<'w> = std::pin::Pin<Box<dyn Future<Output = Vec<Row>> + 'w>>;

/// Drafts of points: in five places, of nobody, run, nominated and supported by somebody.
pub fn drafts<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        let split = world.split.as_str();
        let places = [
            (1, Some(BAT_TRANG), vec![BAT_TRANG]),
            (2, Some("00583.old"), vec![BAT_TRANG]),
            (3, Some(HA_DONG), vec![HA_DONG]),
            (4, Some(split), vec![HA_DONG]),
            (5, None, vec![]),
        ];
        for (number, unit, units) in places {
            for (owner, which) in
                [(None, "none"), (Some("demo-coso"), "run"), (Some("demo-hoi"), "nominated"), (Some("demo-hoi"), "supported")]
            {
                let name = format!("Điểm {number} {which}");
                let point = world
                    .app
                    .add_point(|point| {
                        (point.operator_id, point.lon, point.lat) = (None, None, None);
                        (point.name, point.unit_id) = (name.clone(), unit.map(str::to_owned));
                        let owner = owner.map(str::to_owned);
                        match which {
                            "run" => point.operator_id = owner,
                            "nominated" => point.nominated_by = owner,
                            "supported" => point.supporter_id = owner,
                            _ => {}
                        }
                    })
                    .await;
                rows.push(Row::of(&point.id, &name, &units, owner.as_slice()));
            }
        }
        rows
    })
}

/// The points themselves, in operation, with their preparation and their place in the order of visits.
pub fn points<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        for point in &world.points {
            world.put("preparation", &[("point_id", point.id.as_str()), ("started_on", "2026-03-01"), ("version", "1")]).await;
        }
        world.app.wake_on(ocop::testing::begin_day() + chrono::Days::new(1)).await;
        world.points.clone()
    })
}

/// The products.
pub fn products<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async { world.products.clone() })
}

/// Surveys that were done.
pub fn surveys<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(world.for_each_point(
        "survey",
        "khao-sat",
        &[("state", "done"), ("planned_on", "2026-03-01"), ("done_on", "2026-03-01"), ("set_id", "950-2023"), ("version", "1")],
    ))
}

/// Inspections that were done.
pub fn inspections<'w>(world: &'w World<'w>) -> Made<'w> {
    let given = &[
        ("state", "done"),
        ("planned_on", "2026-03-01"),
        ("visited_on", "2026-03-02"),
        ("running", "yes"),
        ("body_id", "so-cong-thuong"),
        ("version", "1"),
    ];
    Box::pin(world.for_each_point("inspection", "kiem-tra", given))
}

/// Open findings.
pub fn findings<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let inspections = inspections(world).await;
        let mut rows = Vec::new();
        for (at, (point, inspection)) in world.points.iter().zip(&inspections).enumerate() {
            let id = format!("phat-hien-{at}");
            let given = [
                ("id", id.as_str()),
                ("point_id", &point.id),
                ("inspection_id", &inspection.id),
                ("what", "Chưa niêm yết giá"),
                ("fix_by", "2026-03-20"),
                ("state", "open"),
                ("level", "3"),
                ("version", "1"),
            ];
            world.put("finding", &given).await;
            rows.push(point.called(&id, &point.name));
        }
        rows
    })
}

/// Working sessions.
pub fn meetings<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(world.for_each_point("meeting", "hop", &[("kind", "session"), ("title", "Họp"), ("held_on", "2026-03-01"), ("version", "1")]))
}

/// Decisions that chose one point each.
pub fn decisions<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, point) in world.points.iter().enumerate() {
            let id = format!("quyet-dinh-{at}");
            world.put("selection", &[("id", id.as_str()), ("number", "1/QĐ"), ("decided_on", "2026-03-01")]).await;
            world.put("selection_item", &[("selection_id", id.as_str()), ("point_id", &point.id), ("verdict", "selected")]).await;
            let mut row = point.called(&id, &point.name);
            row.path = vec![("file", format!("{id}.pdf"))];
            rows.push(row);
        }
        rows
    })
}

/// Owners approached.
pub fn prospects<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, point) in world.points.iter().enumerate() {
            let (id, name) = (format!("van-dong-{at}"), format!("Quán địa điểm tiềm năng {at}"));
            let body = point.bodies.first().map_or("null", String::as_str);
            let (made_by, supporter) = if at % 2 == 0 { (body, "null") } else { ("null", body) };
            let unit = point.units.first().map_or("null", String::as_str);
            let given = [
                ("id", id.as_str()),
                ("name", &name),
                ("name_fold", &name),
                ("sort", &name),
                ("kind", "mall_market"),
                ("unit_id", unit),
                ("unit_today", if at == 3 { "null" } else { unit }),
                ("state", "open"),
                ("made_by", made_by),
                ("supporter_id", supporter),
                ("lon", "105.8"),
                ("lat", "20.97"),
                ("version", "1"),
            ];
            world.put("prospect", &given).await;
            for unit in &point.units {
                let certainty = if at == 3 { "may" } else { "is" };
                world
                    .put(
                        "prospect_unit",
                        &[("prospect_id", id.as_str()), ("unit_id", unit.as_str()), ("certainty", certainty), ("sort", &name)],
                    )
                    .await;
            }
            rows.push(point.called(&id, &name));
        }
        rows
    })
}

/// Calls that went to one commune or body each; one that is not issued yet.
pub fn calls<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        let asked = [
            ("ubnd-00577.2025", Some(BAT_TRANG)),
            ("ubnd-09556.2025", Some(HA_DONG)),
            ("demo-hoi", None),
            ("so-cong-thuong", None),
            ("ubnd-00577.2025", Some(BAT_TRANG)),
        ];
        for (at, (body, unit)) in asked.into_iter().enumerate() {
            let (id, title) = (format!("dot-{at}"), format!("Đợt kêu gọi {at}"));
            let state = if at == 4 { "draft" } else { "issued" };
            let given = [
                ("id", id.as_str()),
                ("title", &title),
                ("year", "2026"),
                ("due_on", "2026-12-31"),
                ("state", state),
                ("issued_on", if at == 4 { "null" } else { "2026-11-01" }),
                ("body_id", "so-cong-thuong"),
                ("version", "1"),
            ];
            world.put("proposal_call", &given).await;
            world.put("call_body", &[("call_id", id.as_str()), ("body_id", body)]).await;
            if state == "issued" {
                let answer = format!("tra-loi-{at}");
                let given = [
                    ("id", answer.as_str()),
                    ("call_id", &id),
                    ("body_id", body),
                    ("unit_id", unit.unwrap_or("null")),
                    ("name", "Nơi nhận"),
                    ("state", "waiting"),
                    ("version", "1"),
                ];
                world.put("call_answer", &given).await;
            }
            let mut row = Row::of(&id, &title, unit.as_slice(), &[body]);
            row.kind = state;
            rows.push(row);
        }
        rows
    })
}

/// Support for producers.
pub fn aids<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, (unit, producer)) in
            [(Some(BAT_TRANG), "demo-coso"), (Some(HA_DONG), "demo-coso"), (None, "demo-hoi")].into_iter().enumerate()
        {
            let id = format!("ho-tro-{at}");
            let given = [
                ("id", id.as_str()),
                ("producer_id", producer),
                ("unit_id", unit.unwrap_or("null")),
                ("side", "request"),
                ("what", "packaging"),
                ("state", "asked"),
                ("asked_on", "2026-03-01"),
                ("version", "1"),
            ];
            world.put("aid", &given).await;
            rows.push(Row::of(&id, &id, unit.as_slice(), &[producer]));
        }
        rows
    })
}

/// Registrations for the year: sent, and drafts of either side.
pub fn enrolments<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, (unit, producer)) in
            [(Some(BAT_TRANG), "demo-coso"), (Some(HA_DONG), "demo-coso"), (None, "demo-hoi")].into_iter().enumerate()
        {
            for (kind, state, side) in [("", "sent", "producer"), ("producer", "draft", "producer"), ("commune", "draft", "commune")] {
                let (id, name) = (format!("dang-ky-{at}{kind}"), format!("Bánh {at} {kind}."));
                let given = [
                    ("id", id.as_str()),
                    ("year", "2026"),
                    ("side", side),
                    ("kind", "new"),
                    ("name", &name),
                    ("name_fold", &name),
                    ("sort", &name),
                    ("producer_id", producer),
                    ("unit_id", unit.unwrap_or("null")),
                    ("unit_today", unit.unwrap_or("null")),
                    ("aim", "3"),
                    ("state", state),
                    ("state_since", "2026-03-01"),
                    ("version", "1"),
                ];
                world.put("enrolment", &given).await;
                let mut row = Row::of(&id, &name, unit.as_slice(), &[producer]);
                row.kind = kind;
                rows.push(row);
            }
        }
        rows
    })
}

/// Dossiers of evaluation, sent and in preparation.
pub fn dossiers<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, (unit, producer)) in
            [(Some(BAT_TRANG), "demo-coso"), (Some(HA_DONG), "demo-coso"), (None, "demo-hoi")].into_iter().enumerate()
        {
            for (kind, state, sent_on) in [("", "sent", "2026-10-01"), ("draft", "draft", "null")] {
                let id = format!("ho-so-danh-gia-{at}{kind}");
                let given = [
                    ("id", id.as_str()),
                    ("product_id", &world.products[at].id),
                    ("producer_id", producer),
                    ("unit_id", unit.unwrap_or("null")),
                    ("kind", "first"),
                    ("sheet", "26-2026-11"),
                    ("state", state),
                    ("state_since", "2026-10-01"),
                    ("marks", "{}"),
                    ("findings", "{}"),
                    ("sent_on", sent_on),
                    ("version", "1"),
                ];
                world.put("dossier", &given).await;
                let mut row = Row::of(&id, &id, unit.as_slice(), &[producer]);
                row.kind = kind;
                rows.push(row);
            }
        }
        rows
    })
}

/// Connections whose sides lie apart.
pub fn connections<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(world.connections("agreed"))
}

/// What came of connections: a month told of each.
pub fn results<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = world.connections("on_shelf").await;
        for (at, row) in rows.iter_mut().enumerate() {
            let (product, point) = (&world.products[at], &world.points[(at + 2) % world.points.len()]);
            // whoever makes and whoever sells, not who nominated or supports
            row.bodies = product.bodies.iter().chain(point.bodies.iter().filter(|_| point.kind == "run")).cloned().collect();
            row.kind = if at == 3 { "perhaps" } else { "" };
            let given =
                [("connection_id", row.id.as_str()), ("month", "2026-10-01"), ("quantity", "5"), ("unit", "hộp"), ("revenue", "500000")];
            world.put("connection_month", &given).await;
        }
        rows
    })
}

/// Products to take down.
pub fn takedowns<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, connection) in world.connections("on_shelf").await.into_iter().enumerate() {
            let (id, point) = (format!("go-{at}"), &world.points[(at + 2) % world.points.len()]);
            let product = &world.products[at];
            let given = [
                ("id", id.as_str()),
                ("connection_id", &connection.id),
                ("product_id", &product.id),
                ("point_id", &point.id),
                ("reason", "lapsed"),
                ("asked_on", "2026-11-01"),
                ("due_on", "2026-11-10"),
            ];
            world.put("takedown", &given).await;
            // it is the seller's: of the point, not of the producer
            let mut row = point.called(&id, &product.name);
            if point.kind != "run" {
                row.bodies.clear();
            }
            rows.push(row);
        }
        rows
    })
}

/// Conferences of a unit or of the city, with and without guests.
pub fn conferences<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, (unit, guest)) in
            [(Some(BAT_TRANG), Some("demo-coso")), (Some(HA_DONG), None), (None, Some("demo-hoi"))].into_iter().enumerate()
        {
            let (id, title) = (format!("hoi-nghi-{at}"), format!("Hội nghị số {at}"));
            world
                .put(
                    "conference",
                    &[
                        ("id", id.as_str()),
                        ("title", &title),
                        ("held_on", "2026-10-01"),
                        ("unit_id", unit.unwrap_or("null")),
                        ("version", "1"),
                    ],
                )
                .await;
            if let Some(guest) = guest {
                world
                    .put("conference_guest", &[("conference_id", id.as_str()), ("body_id", guest), ("side", "producer"), ("came", "true")])
                    .await;
            }
            let mut row = Row::of(&id, &title, unit.as_slice(), guest.as_slice());
            if unit.is_none() {
                row.kind = "city";
            }
            let (outcome, point) = (format!("{id}-ket-qua"), &world.points[0]);
            let given = [
                ("id", outcome.as_str()),
                ("conference_id", &id),
                ("product_id", &world.products[0].id),
                ("point_id", &point.id),
                ("chain_id", "null"),
                ("place", &point.id),
                ("outcome", "memo"),
                ("version", "1"),
            ];
            world.put("conference_outcome", &given).await;
            row.path = vec![("outcome", outcome)];
            rows.push(row);
        }
        rows
    })
}

/// Portals of a unit and of the city.
pub fn outlets<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, unit) in [Some(BAT_TRANG), Some(HA_DONG), None].into_iter().enumerate() {
            let (id, name) = (format!("cong-{at}"), format!("Cổng thứ {at}"));
            let given = [
                ("id", id.as_str()),
                ("name", &name),
                ("sort", &name),
                ("how", "feed"),
                ("secret_hash", &id),
                ("unit_id", unit.unwrap_or("null")),
                ("valid_from", "2026-01-01"),
                ("version", "1"),
                ("secret_no", "1"),
            ];
            world.put("outlet", &given).await;
            rows.push(Row::of(&id, &name, unit.as_slice(), &[]));
        }
        rows
    })
}

/// Producers: who makes a product of the world, who runs a point, who only has an address.
pub fn producers<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let mut rows = Vec::new();
        for (at, unit) in [Some(BAT_TRANG), Some(HA_DONG), None].into_iter().enumerate() {
            let (id, name) = (format!("chu-the-{at}"), format!("Hộ kinh doanh thứ {at}"));
            let given = [
                ("id", id.as_str()),
                ("kind", "household"),
                ("name", &name),
                ("name_fold", &name),
                ("unit_id", unit.unwrap_or("null")),
                ("version", "1"),
                ("demo", "false"),
            ];
            world.put("body", &given).await;
            rows.push(Row::of(&id, &name, unit.as_slice(), &[]));
        }
        // whoever makes or sells something in a unit is seen there
        let all = |body: &str| {
            world
                .points
                .iter()
                .filter(|point| point.kind == "run")
                .chain(&world.products)
                .filter(|row| row.bodies.iter().any(|known| known == body))
                .flat_map(|row| row.units.clone())
                .collect::<Vec<_>>()
        };
        let units = all("demo-coso");
        rows.push(Row { units, ..Row::of("demo-coso", "Hợp tác xã Dệt lụa", &[], &[]) }.and_of("demo-coso"));
        rows
    })
}

/// Papers of points that only staff see.
pub fn papers<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let folder = world.app.store.folder.path();
        let paper = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n";
        let mut rows = Vec::new();
        for point in &world.points {
            let kept = world.app.files().keep_paper("giay.pdf", ocop::testing::upload(folder, paper.as_bytes()).await).await.unwrap();
            let mut tx = world.app.db().write().await.unwrap();
            let place = ocop::file::Place { kind: "point", id: &point.id, field: "photo", caption: "", position: None, is_public: false };
            let id = ocop::file::add(&mut tx, world.app.clock().now(), &kept, place, "test").await.unwrap();
            tx.commit().await.unwrap();
            rows.push(point.called(&id, &point.name));
        }
        rows
    })
}

/// Blanks of certificates.
pub fn blanks<'w>(world: &'w World<'w>) -> Made<'w> {
    Box::pin(async {
        let given = [
            ("id", "lo-1"),
            ("series", "SERI.HN"),
            ("first", "1"),
            ("last", "50"),
            ("received_on", "2026-03-01"),
            ("from_whom", "Văn phòng"),
        ];
        world.put("blank_batch", &given).await;
        vec![Row::of("lo-1", "SERI.HN", &[], &[])]
    })
}
