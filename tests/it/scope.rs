//! Rows: who sees and changes which points. Generated for every role and several units and bodies, and compared with a
//! rule written here once more, from the paper and not from the code.

use ocop::access::Role;
use ocop::point::{Point, State};
use ocop::store_test;
use ocop::testing::{Client, TestApp};

const BAT_TRANG: &str = "00577.2025";
const HA_DONG: &str = "09556.2025";

/// Somebody acting: role, body, unit.
struct Who {
    role: Role,
    body: &'static str,
    unit: Option<&'static str>,
}

fn everybody() -> Vec<Who> {
    let mut all = Vec::new();
    for role in Role::ALL {
        match role {
            Role::Business | Role::Association => {
                for body in ["demo-coso", "demo-hoi"] {
                    all.push(Who { role, body, unit: None });
                }
            }
            Role::Commune => {
                all.push(Who { role, body: "ubnd-00577.2025", unit: Some(BAT_TRANG) });
                all.push(Who { role, body: "ubnd-09556.2025", unit: Some(HA_DONG) });
            }
            _ => {
                all.push(Who { role, body: "so-cong-thuong", unit: Some("01") });
                // somebody of the city who was given one commune only
                all.push(Who { role, body: "so-cong-thuong", unit: Some(BAT_TRANG) });
            }
        }
    }
    all
}

/// The paper's rule: the city sees all; a unit sees what lies in it, lay in what it took over, or may lie in it; a
/// business or association sees what it runs, nominated or supports.
fn may_see(who: &Who, point: &Point, lies_in: &[&str]) -> bool {
    match who.role {
        Role::Business | Role::Association => {
            [&point.operator_id, &point.nominated_by, &point.supporter_id].into_iter().any(|body| body.as_deref() == Some(who.body))
        }
        _ => match who.unit {
            Some("01") => true,
            Some(unit) => lies_in.contains(&unit),
            None => false,
        },
    }
}

/// The paper's rule of editing, for a draft.
fn may_edit_draft(who: &Who) -> bool {
    matches!(who.role, Role::Business | Role::Commune | Role::Association | Role::Surveyor | Role::Leader)
}

async fn seen(client: &Client, point: &Point) -> bool {
    client.get(&format!("/ho-so/{}", point.id)).await.status.as_u16() == 200
}

store_test! {
    async fn rows_are_seen_within_scope_only(app: TestApp) {
        let region = app.region();
        // an old commune that was split, with Hà Đông or Bát Tràng among its successors
        let day = "2025-06-30".parse().unwrap();
        let today = ocop::testing::begin_day();
        let maybe = region
            .communes(day)
            .into_iter()
            .find(|unit| matches!(region.today(&unit.id, None, today), ocop::region::Today::Unclear(ids) if ids.iter().any(|id| id == HA_DONG)))
            .expect("a commune of which a part went to Hà Đông")
            .id
            .clone();
        let bare = |point: &mut Point| {
            point.operator_id = None;
            point.lon = None;
            point.lat = None;
        };
        let mut points: Vec<(Point, Vec<&str>)> = Vec::new();
        for (number, unit, lies_in) in [(1, Some(BAT_TRANG), vec![BAT_TRANG]), (2, Some("00583.old"), vec![BAT_TRANG]), (3, Some(HA_DONG), vec![HA_DONG]), (4, Some(maybe.as_str()), vec![HA_DONG]), (5, None, vec![])] {
            for (owner, which) in [(None, "none"), (Some("demo-coso"), "run"), (Some("demo-hoi"), "nominated"), (Some("demo-hoi"), "supported")] {
                let point = app
                    .add_point(|point| {
                        bare(point);
                        point.name = format!("Điểm {number} {which}");
                        point.unit_id = unit.map(str::to_owned);
                        match which {
                            "run" => point.operator_id = owner.map(str::to_owned),
                            "nominated" => point.nominated_by = owner.map(str::to_owned),
                            "supported" => point.supporter_id = owner.map(str::to_owned),
                            _ => {}
                        }
                    })
                    .await;
                points.push((point, lies_in.clone()));
            }
        }
        for who in everybody() {
            let client = app.sign_in_new(who.role, who.body, who.unit).await;
            let name = format!("{:?} of {} in {:?}", who.role, who.body, who.unit);
            let list = client.get("/ho-so?page_size=100").await.expect(200).body;
            for (point, lies_in) in &points {
                let wanted = may_see(&who, point, lies_in);
                assert_eq!(list.contains(&format!("/ho-so/{}", point.id)), wanted, "{name}: list and {}", point.name);
                assert_eq!(seen(&client, point).await, wanted, "{name}: record of {}", point.name);
                let edit = client.get(&format!("/ho-so/{}/sua", point.id)).await.status.as_u16();
                assert_eq!(edit == 200, wanted && may_edit_draft(&who), "{name}: editing {} gave {edit}", point.name);
                let version = point.version.to_string();
                let step = client.post(&format!("/ho-so/{}/buoc/accept", point.id), &[("version", &version)]).await.status.as_u16();
                assert!(!wanted && matches!(step, 403 | 404) || wanted && step != 404, "{name}: step on {} gave {step}", point.name);
            }
        }
        // nothing of all this changed anything
        for (point, _) in &points {
            assert_eq!(&app.point(&point.id).await, point);
        }
    }

    async fn pictures_follow_their_point(app: TestApp) {
        let hidden = app.add_point(|_| {}).await;
        let shown = app.add_point(|point| point.state = State::Operating).await;
        let kept = app.files().keep_picture("anh.png", ocop::testing::upload(app.store.folder.path(), &tiny_png()).await).await.unwrap();
        let first = kept.id.clone();
        let mut pictures = Vec::new();
        for (point, is_public) in [(&hidden, true), (&shown, true), (&shown, false)] {
            let kept = ocop::file::Kept { id: ocop::clock::new_id(), ..kept.clone() };
            let depot = app.files().depot();
            for (name, _) in depot.list("files").await.unwrap().into_iter().filter(|(name, _)| name.contains(&first)) {
                let bytes = depot.get(&name).await.unwrap().unwrap();
                let size = &name[name.find(&first).unwrap() + first.len()..];
                depot.put(&format!("files/{}/{}{size}", &kept.id[kept.id.len() - 2..], kept.id), bytes).await.unwrap();
            }
            let mut tx = app.db().write().await.unwrap();
            let place = ocop::file::Place { kind: "point", id: &point.id, field: "photo", caption: "Mặt tiền", position: None, is_public };
            pictures.push(ocop::file::add(&mut tx, app.clock().now(), &kept, place, "test").await.unwrap());
            tx.commit().await.unwrap();
        }
        let [of_hidden, of_shown, inner] = &pictures[..] else { unreachable!() };
        let (nobody, near, far) = (app.client(), app.sign_in_new(Role::Commune, "ubnd-00577.2025", Some(BAT_TRANG)).await, app.sign_in(Role::Commune).await);
        for (picture, public, inside, outside) in [(of_hidden, 404, 200, 404), (of_shown, 200, 200, 200), (inner, 404, 200, 404)] {
            let path = format!("/anh/{picture}");
            nobody.get(&path).await.expect(public);
            far.get(&path).await.expect(outside);
            let answer = near.get(&path).await.expect(inside);
            assert_eq!(answer.header("content-type"), "image/jpeg");
        }
        assert!(near.get(&format!("/anh/{of_hidden}")).await.header("cache-control").contains("no-store"));
        assert!(nobody.get(&format!("/anh/{of_shown}")).await.header("cache-control").contains("public"));
    }
}

/// A red PNG of 8 × 8, made here so that no picture has to be committed.
pub fn tiny_png() -> Vec<u8> {
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |mut crc, byte| {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
            crc
        })
    }
    fn chunk(out: &mut Vec<u8>, kind: &[u8], data: &[u8]) {
        out.extend((data.len() as u32).to_be_bytes());
        let body = [kind, data].concat();
        out.extend(&body);
        out.extend(crc(&body).to_be_bytes());
    }
    let rows: Vec<u8> = (0..8).flat_map(|_| std::iter::once(0).chain([200, 30, 30].repeat(8))).collect();
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &rows {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    // zlib with one stored block
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend((rows.len() as u16).to_le_bytes());
    data.extend((!(rows.len() as u16)).to_le_bytes());
    data.extend(&rows);
    data.extend((b << 16 | a).to_be_bytes());
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, b"IHDR", &[0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
    chunk(&mut out, b"IDAT", &data);
    chunk(&mut out, b"IEND", &[]);
    out
}
