//! When two names are one body, when they are two, and when a person has to say. Pure.
//!
//! Bodies are the same by tax code, else by exact name within their unit. What is near is asked, never guessed: marks make
//! names different ("Tú", "Từ"), unless one of the two was typed without any.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::text;
use crate::words;

/// From how many letters on (without its legal form) a name is long enough for one letter to be a slip.
pub const LONG: usize = 14;

/// The two forms by which names are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// Where every mark counts; case, blanks, quotes, dashes and the place of a tone do not.
    pub key: String,
    /// Letters without marks, abbreviations written out, legal form left out: names to ask about share it.
    pub near: String,
}

impl Name {
    /// Of a name as written.
    pub fn of(typed: &str) -> Name {
        let key = key(typed);
        let near = letters(&core(&key).words);
        Name { key, near }
    }

    /// As a store keeps them.
    pub fn kept(key: String, near: String) -> Name {
        Name { key, near }
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }
}

/// The form that spellings of one name share where every mark counts.
pub fn key(typed: &str) -> String {
    let spelt = text::spelling(typed);
    // no sign of those below is written without one of these bytes, and no Vietnamese letter with one
    if !spelt.bytes().any(|byte| matches!(byte, b'"' | b'\'' | b'`' | 0xc2 | 0xe2)) {
        return spelt;
    }
    let mut key = String::with_capacity(spelt.len());
    for c in spelt.chars() {
        match c {
            '"' | '\'' | '`' | '´' | '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '«' | '»' | '‹' | '›' | '″' | '′' | '\u{200c}'
            | '\u{200d}' => {}
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => key.push('-'),
            ' ' if key.is_empty() || key.ends_with(' ') => {}
            c => key.push(c),
        }
    }
    key.truncate(key.trim_end().len());
    key
}

/// Names met so far: of many rows that name few bodies, each text is compared once.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, Arc<Name>>);

impl Names {
    /// Of a name as written.
    pub fn of(&mut self, typed: &str) -> Arc<Name> {
        if let Some(known) = self.0.get(typed) {
            return known.clone();
        }
        let name = Arc::new(Name::of(typed));
        self.0.insert(typed.to_owned(), name.clone());
        name
    }
}

/// Legal forms that a name begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Company,
    Cooperative,
    Group,
    Household,
    Private,
}

/// A word of a name, with its marks and without.
#[derive(Clone, Debug)]
struct Word<'a> {
    marked: &'a str,
    folded: Cow<'a, str>,
}

/// A name taken apart.
struct Core<'a> {
    form: Option<Form>,
    /// What remains, abbreviations written out.
    words: Vec<Word<'a>>,
}

/// Abbreviations that lists use, folded, and what they stand for.
const SHORT: [(&str, &str); 16] = [
    ("htx", "hợp tác xã"),
    ("tht", "tổ hợp tác"),
    ("cty", "công ty"),
    ("tnhh", "trách nhiệm hữu hạn"),
    ("cp", "cổ phần"),
    ("mtv", "một thành viên"),
    ("hkd", "hộ kinh doanh"),
    ("dntn", "doanh nghiệp tư nhân"),
    ("cssx", "cơ sở sản xuất"),
    ("cskd", "cơ sở kinh doanh"),
    ("nn", "nông nghiệp"),
    ("sx", "sản xuất"),
    ("dv", "dịch vụ"),
    ("tm", "thương mại"),
    ("xnk", "xuất nhập khẩu"),
    ("vn", "việt nam"),
];

/// Words of legal forms, folded; the longer of two that begin alike stands first.
const FORMS: [(Form, &str); 10] = [
    (Form::Cooperative, "hop tac xa"),
    (Form::Group, "to hop tac"),
    (Form::Company, "cong ty"),
    (Form::Private, "doanh nghiep tu nhan"),
    (Form::Household, "ho kinh doanh ca the"),
    (Form::Household, "ho kinh doanh"),
    (Form::Household, "ho san xuat"),
    (Form::Household, "co so san xuat"),
    (Form::Household, "co so kinh doanh"),
    (Form::Household, "co so"),
];

/// What may follow "công ty", folded.
const OF_COMPANY: [&str; 4] = ["trach nhiem huu han", "mot thanh vien", "co phan", "hop danh"];

/// What each of [`SHORT`] stands for, word by word.
static WRITTEN_OUT: LazyLock<Vec<Vec<(String, String)>>> = LazyLock::new(|| {
    SHORT.iter().map(|(_, long)| key(long).split(' ').map(|word| (word.to_owned(), text::fold(word))).collect()).collect()
});

fn written_out(word: &str) -> Option<&'static [(String, String)]> {
    if word.len() > 4 || !word.is_ascii() {
        return None;
    }
    SHORT.iter().position(|(short, _)| *short == word).map(|at| &WRITTEN_OUT[at][..])
}

fn core(key: &str) -> Core<'_> {
    let mut words: Vec<Word<'_>> = Vec::with_capacity(12);
    for word in key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && *word != "và") {
        match written_out(word) {
            Some(long) => words.extend(long.iter().map(|(marked, folded)| Word { marked, folded: Cow::Borrowed(folded) })),
            None if word.is_ascii() => words.push(Word { marked: word, folded: Cow::Borrowed(word) }),
            None => words.push(Word { marked: word, folded: Cow::Owned(text::fold(word)) }),
        }
    }
    let begins = |at: usize, phrase: &str| {
        let mut length = 0;
        phrase
            .split(' ')
            .all(|word| {
                length += 1;
                words.get(at + length - 1).is_some_and(|known| known.folded == word)
            })
            .then_some(length)
    };
    let found = FORMS.iter().find_map(|(form, phrase)| begins(0, phrase).map(|length| (*form, length)));
    let Some((form, mut at)) = found else { return Core { form: None, words } };
    if form == Form::Company {
        while let Some(length) = OF_COMPANY.iter().find_map(|phrase| begins(at, phrase)) {
            at += length;
        }
    }
    if at >= words.len() {
        // a name that is nothing but a legal form is a name
        return Core { form: None, words };
    }
    words.drain(..at);
    Core { form: Some(form), words }
}

fn letters(words: &[Word<'_>]) -> String {
    words.iter().map(|word| &*word.folded).collect()
}

fn is_bare(word: &Word<'_>) -> bool {
    word.marked.is_ascii()
}

/// Where a body sits: the units of today that may be meant; none where nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Seat(Arc<[String]>);

/// Whether two seats are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// One unit of today, or one old unit.
    Yes,
    /// Nothing is known of one of them, or an old unit was divided.
    Maybe,
    /// Different units.
    No,
}

impl Seat {
    /// Of these units of today.
    pub fn of(units: Vec<String>) -> Seat {
        Seat(units.into())
    }

    /// The units of today.
    pub fn units(&self) -> &[String] {
        &self.0
    }

    /// Whether both are one.
    pub fn fit(&self, other: &Seat) -> Fit {
        match (&self.0[..], &other.0[..]) {
            ([], _) | (_, []) => Fit::Maybe,
            _ if Arc::ptr_eq(&self.0, &other.0) => Fit::Yes,
            ([one], [other]) if one == other => Fit::Yes,
            (some, others) if some.iter().any(|unit| others.contains(unit)) => Fit::Maybe,
            _ => Fit::No,
        }
    }
}

/// A body as far as it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its name.
    pub name: &'a Name,
    /// Word of its kind; empty where nothing is said.
    pub kind: &'a str,
    /// Mã số thuế.
    pub tax_code: Option<&'a str>,
    /// Where it sits.
    pub seat: &'a Seat,
}

words! {
    /// What a person has to decide about.
    #[derive(PartialOrd, Ord)]
    pub enum Why {
        /// The tax code is known under another name.
        TaxCode = "tax_code" / "trùng mã số thuế, khác tên",
        /// The same name in the same unit has another tax code.
        OtherTaxCode = "other_tax_code" / "trùng tên và xã, phường, khác mã số thuế",
        /// The same name in the same unit is of another kind.
        Kind = "kind" / "trùng tên và xã, phường, khác loại chủ thể",
        /// Several bodies have this name.
        Several = "several" / "nhiều chủ thể cùng tên này",
        /// One of the two was typed without marks.
        Bare = "bare" / "một bên ghi không dấu",
        /// Abbreviations, legal form, punctuation.
        Form = "form" / "khác cách viết tắt, loại hình hoặc dấu câu",
        /// One letter in a long name.
        Letter = "letter" / "khác một chữ cái",
    }
}

/// How what was typed stands to a body that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same by tax code; whether the name is written the same.
    ByTaxCode(bool),
    /// The same by name, in the same unit.
    ByName,
    /// The same by name, if no other fits: the unit of one of them is not known.
    PerhapsByName,
    /// A person has to say.
    Asked(Why),
    /// Two bodies in one unit whose names differ by their marks alone, which is worth a word.
    Marks,
    /// Two bodies.
    Apart,
}

/// Compares what was typed with a body that is known.
pub fn compare(typed: Side<'_>, known: Side<'_>) -> Likeness {
    let is_exact = typed.name.key == known.name.key;
    let (one_code, two_codes) = match (typed.tax_code, known.tax_code) {
        (Some(typed), Some(known)) => (typed == known, typed != known),
        _ => (false, false),
    };
    if one_code {
        let is_near = is_exact || matches!(near(typed.name, known.name), Nearness::Near(_));
        return if is_near { Likeness::ByTaxCode(is_exact) } else { Likeness::Asked(Why::TaxCode) };
    }
    let fit = typed.seat.fit(known.seat);
    if fit == Fit::No {
        return Likeness::Apart;
    }
    let two_kinds = !typed.kind.is_empty() && !known.kind.is_empty() && typed.kind != known.kind;
    match (is_exact, two_codes, two_kinds) {
        (true, false, false) if fit == Fit::Yes => Likeness::ByName,
        (true, false, false) => Likeness::PerhapsByName,
        (true, true, _) if fit == Fit::Yes => Likeness::Asked(Why::OtherTaxCode),
        (true, false, true) if fit == Fit::Yes => Likeness::Asked(Why::Kind),
        (true, ..) | (_, true, _) | (.., true) => Likeness::Apart,
        (false, false, false) => match near(typed.name, known.name) {
            Nearness::Near(why) => Likeness::Asked(why),
            Nearness::Marks if fit == Fit::Yes => Likeness::Marks,
            _ => Likeness::Apart,
        },
    }
}

/// How two names that are not the same stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nearness {
    Near(Why),
    Marks,
    Far,
}

fn near(a: &Name, b: &Name) -> Nearness {
    let alike = a.near == b.near;
    if !alike && !is_slip(&a.near, &b.near) {
        return Nearness::Far;
    }
    let (a, b) = (core(&a.key), core(&b.key));
    if a.form.is_some() && b.form.is_some() && a.form != b.form {
        return Nearness::Far;
    }
    if !alike {
        return Nearness::Near(Why::Letter);
    }
    let marked = |core: &Core<'_>| core.words.iter().map(|word| word.marked).collect::<String>();
    if marked(&a) == marked(&b) {
        return Nearness::Near(Why::Form);
    }
    if is_typed_without_marks(&a.words, &b.words) || is_typed_without_marks(&b.words, &a.words) {
        Nearness::Near(Why::Bare)
    } else {
        Nearness::Marks
    }
}

/// Whether the first is the second typed without marks: wholly, or in every word in which they differ and in more than one.
fn is_typed_without_marks(bare: &[Word<'_>], marked: &[Word<'_>]) -> bool {
    if bare.iter().all(is_bare) {
        return true;
    }
    if bare.len() != marked.len() {
        return false;
    }
    let mut differ = bare.iter().zip(marked).filter(|(bare, marked)| bare.marked != marked.marked).peekable();
    differ.peek().is_some() && differ.clone().all(|(bare, _)| is_bare(bare)) && differ.count() > 1
}

/// Whether two long names differ by one letter: another, one more or less, or two that changed places. Figures are never
/// slips: "số 1" and "số 2" are two.
pub fn is_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().min(b.len()) < LONG || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    let one = match (a, b) {
        ([_], [_]) | ([_], []) | ([], [_]) => true,
        ([first, second], [other, another]) => first == another && second == other,
        _ => false,
    };
    one && !a.iter().chain(b).any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::{Fit, Likeness, Name, Nearness, Seat, Side, Why, compare, near};

    fn nearness(a: &str, b: &str) -> Nearness {
        let (a, b) = (Name::of(a), Name::of(b));
        assert_ne!(a.key, b.key);
        assert_eq!(near(&a, &b), near(&b, &a));
        near(&a, &b)
    }

    #[test]
    fn one_name_has_many_spellings_but_not_without_marks() {
        let one = Name::of("Hợp tác xã “Hòa Sơn”").key;
        for same in [
            "HỢP TÁC XÃ \"HÒA SƠN\"",
            " Hợp  tác\u{a0}xã Hoà Sơn ",
            "Hợp tác xã ‘Hòa\u{200b} Sơn’",
            "Ho\u{31b}\u{323}p ta\u{301}c xa\u{303} Ho\u{300}a So\u{31b}n",
        ] {
            assert_eq!(Name::of(same).key, one, "{same}");
        }
        for other in ["Hợp tác xã Hoa Sơn", "Hợp tác xã Hòa Son", "HTX Hòa Sơn", "Hợp tác xã Hòa-Sơn"] {
            assert_ne!(Name::of(other).key, one, "{other}");
        }
        let four: std::collections::HashSet<String> =
            ["Tú", "Tư", "Tự", "Từ"].iter().map(|name| Name::of(&format!("HKD Nguyễn Thị {name}")).key).collect();
        assert_eq!(four.len(), 4);
    }

    #[test]
    fn fully_marked_names_that_differ_by_marks_are_two() {
        assert_eq!(nearness("Hợp tác xã Hoa Sơn", "Hợp tác xã Hòa Sơn"), Nearness::Marks);
        assert_eq!(nearness("HKD Nguyễn Thị Tú", "Hộ kinh doanh Nguyễn Thị Từ"), Nearness::Marks);
        assert_eq!(nearness("Nguyễn Văn Tư", "Nguyễn Văn Tự"), Nearness::Marks);
    }

    #[test]
    fn a_name_typed_without_marks_is_asked_about() {
        assert_eq!(nearness("HTX Hoa Son", "Hợp tác xã Hòa Sơn"), Nearness::Near(Why::Bare));
        assert_eq!(nearness("hop tac xa nong nghiep Hoa Son", "HTX nông nghiệp Hoa Sơn"), Nearness::Near(Why::Bare));
        assert_eq!(nearness("HTX nong nghiep Hòa Sơn", "HTX nông nghiệp Hòa Sơn"), Nearness::Near(Why::Bare));
    }

    #[test]
    fn abbreviations_and_legal_forms_are_asked_about() {
        for (a, b) in [
            ("HTX Hoa Sơn", "Hợp tác xã Hoa Sơn"),
            ("Cty TNHH Mặt Trời", "Công ty trách nhiệm hữu hạn Mặt Trời"),
            ("Công ty Mặt Trời", "Công ty CP Mặt Trời"),
            ("Công ty TNHH MTV Mặt Trời", "Công ty TNHH Mặt Trời"),
            ("HKD Nguyễn Văn A", "Hộ kinh doanh Nguyễn Văn A"),
            ("Nguyễn Văn A", "Hộ kinh doanh Nguyễn Văn A"),
            ("DNTN Hương Sen", "Doanh nghiệp tư nhân Hương Sen"),
            ("HTX NN & DV Hoa Sơn", "Hợp tác xã Nông nghiệp và Dịch vụ Hoa Sơn"),
            ("HTX Hoa-Sơn", "HTX Hoa Sơn"),
            ("HTX. Hoa Sơn", "HTX Hoa Sơn"),
        ] {
            assert_eq!(nearness(a, b), Nearness::Near(Why::Form), "{a} / {b}");
        }
        assert_eq!(nearness("HTX Hoa Sơn", "Công ty TNHH Hoa Sơn"), Nearness::Far);
    }

    #[test]
    fn one_letter_in_a_long_name_is_asked_about() {
        assert_eq!(nearness("Hợp tác xã nông nghiệp Quang Minh", "Hợp tác xã nông nghiệp Quang Mịnh"), Nearness::Marks);
        assert_eq!(nearness("Hợp tác xã nông nghiệp Quang Minh", "Hợp tác xã nông nghiệp Quang Mih"), Nearness::Near(Why::Letter));
        assert_eq!(nearness("Hợp tác xã nông nghiệp Quang Minh", "Hợp tác xã nông nghiệp Quang Mihn"), Nearness::Near(Why::Letter));
        assert_eq!(nearness("HTX Quang Minh", "HTX Quang Ninh"), Nearness::Far);
        assert_eq!(nearness("Cơ sở sản xuất bánh truyền thống 1", "Cơ sở sản xuất bánh truyền thống 2"), Nearness::Far);
    }

    fn side<'a>(name: &'a Name, kind: &'a str, tax_code: &'a str, seat: &'a Seat) -> Side<'a> {
        Side { name, kind, tax_code: Some(tax_code).filter(|code| !code.is_empty()), seat }
    }

    #[test]
    fn the_rule_goes_by_tax_code_then_by_name_within_the_unit() {
        let (name, other, short) = (Name::of("Hợp tác xã Hoa Sơn"), Name::of("Công ty Mặt Trời"), Name::of("HTX Hoa Sơn"));
        let (here, there, open) = (Seat::of(vec!["a".into()]), Seat::of(vec!["b".into()]), Seat::default());
        let either = Seat::of(vec!["a".into(), "b".into()]);
        assert_eq!(
            (here.fit(&here.clone()), here.fit(&there), here.fit(&either), here.fit(&open)),
            (Fit::Yes, Fit::No, Fit::Maybe, Fit::Maybe)
        );
        let compared = |a: Side<'_>, b: Side<'_>| compare(a, b);
        assert_eq!(compared(side(&name, "", "1", &here), side(&name, "", "1", &there)), Likeness::ByTaxCode(true));
        assert_eq!(compared(side(&short, "", "1", &here), side(&name, "", "1", &there)), Likeness::ByTaxCode(false));
        assert_eq!(compared(side(&other, "", "1", &here), side(&name, "", "1", &here)), Likeness::Asked(Why::TaxCode));
        assert_eq!(compared(side(&name, "", "2", &here), side(&name, "", "1", &here)), Likeness::Asked(Why::OtherTaxCode));
        assert_eq!(compared(side(&name, "", "2", &there), side(&name, "", "1", &here)), Likeness::Apart);
        assert_eq!(compared(side(&name, "", "", &here), side(&name, "", "1", &here)), Likeness::ByName);
        assert_eq!(compared(side(&name, "", "", &open), side(&name, "", "1", &here)), Likeness::PerhapsByName);
        assert_eq!(compared(side(&name, "", "", &there), side(&name, "", "", &here)), Likeness::Apart);
        assert_eq!(compared(side(&name, "household", "", &here), side(&name, "cooperative", "", &here)), Likeness::Asked(Why::Kind));
        assert_eq!(compared(side(&name, "household", "", &here), side(&name, "", "", &here)), Likeness::ByName);
        assert_eq!(compared(side(&short, "", "", &here), side(&name, "", "", &here)), Likeness::Asked(Why::Form));
        assert_eq!(compared(side(&short, "", "2", &here), side(&name, "", "1", &here)), Likeness::Apart);
        assert_eq!(compared(side(&short, "", "", &there), side(&name, "", "", &here)), Likeness::Apart);
    }
}
