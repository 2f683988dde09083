//! What programs send, and what people say of tokens: read by pure functions.

use crate::api::model::{self, Bbox, Wrong};
use crate::etag;
use crate::page::Fields;
use crate::testing::begin_day;

#[test]
fn what_programs_send_is_read_strictly() {
    assert_eq!(model::bbox("105.7,20.9,105.9,21.1"), Ok(Bbox { west: 105.7, south: 20.9, east: 105.9, north: 21.1 }));
    for shape in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "NaN,1,2,3", "1,2,3,inf"] {
        assert!(matches!(model::bbox(shape), Err(Wrong::Shape(_))), "{shape}");
    }
    for meaning in ["10,1,5,2", "1,2,3,91", "-181,0,0,0"] {
        assert!(matches!(model::bbox(meaning), Err(Wrong::Meaning(_))), "{meaning}");
    }
    assert_eq!(model::limit(None), Ok(30));
    for bad in ["0", "101", "-1", "1.5", "", "ten"] {
        assert!(model::limit(Some(bad)).is_err(), "{bad}");
    }
    assert!(model::day("2026-11-22").is_ok());
    for bad in ["22/11/2026", "2026-02-30", "2026-1-1", "", "2026-11-22T00"] {
        assert!(model::day(bad).is_err(), "{bad}");
    }
}

#[test]
fn tags_say_version_and_content() {
    let tag = model::point_tag(7, "{}");
    assert!(model::is_shown(&tag, 7) && !model::is_shown(&tag, 8));
    assert!(model::is_shown("*", 7) && model::is_shown(&format!("\"1.aa\", {tag}"), 7));
    assert!(!model::is_shown(&format!("W/{tag}"), 7), "a weak tag names no version");
    assert!(!model::is_shown("7", 7) && !model::is_shown("", 7));
    for good in ["*", tag.as_str(), "\"\"", "W/\"a\", \"b\""] {
        assert!(model::is_tags(good), "{good}");
    }
    for bad in ["", "7", "\"", "\"a", "\"a\"b\"", "\"a\",", "\"a b\""] {
        assert!(!model::is_tags(bad), "{bad}");
    }
    let list = etag::weak("[]");
    assert!(etag::names(&list, &list) && etag::names(list.trim_start_matches("W/"), &list) && etag::names("*", &list));
    assert!(!etag::names("\"x\"", &list));
}

#[test]
fn keys_are_quoted_or_bare() {
    assert_eq!(model::key("\"8e03978e-40d5\""), Some("8e03978e-40d5".into()));
    assert_eq!(model::key("8e03978e-40d5"), Some("8e03978e-40d5".into()));
    for bad in ["", "\"\"", "1234567", "a b 45678", "a\"b45678", &"x".repeat(129)] {
        assert_eq!(model::key(bad), None, "{bad}");
    }
}

#[test]
fn a_token_has_a_name_a_role_and_an_end() {
    let fields = |name: &str, grant: &str, scope: &str, day: &str| {
        Fields::new(
            [("name", name), ("grant", grant), ("scope", scope), ("expires_on", day)]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        )
    };
    let check = |fields: Fields| model::check_token(&fields, &["g".to_owned()], begin_day());
    assert!(check(fields("Cổng phường", "g", "write", "22/11/2027")).unwrap().may_write);
    assert!(!check(fields("Cổng phường", "g", "read", "22/11/2026")).unwrap().may_write);
    for (bad, field) in [
        (fields("", "g", "read", "01/12/2026"), "name"),
        (fields("x", "other", "read", "01/12/2026"), "grant"),
        (fields("x", "g", "all", "01/12/2026"), "scope"),
        (fields("x", "g", "read", "21/11/2026"), "expires_on"),
        (fields("x", "g", "read", "23/11/2027"), "expires_on"),
        (fields("x", "g", "read", ""), "expires_on"),
    ] {
        assert_eq!(check(bad).unwrap_err().iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>(), [field]);
    }
}
