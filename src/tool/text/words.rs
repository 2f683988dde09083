//! Enums that stand in the store, in addresses and on pages: each case beside its word and its names. Pure.

/// An enum of words: `ALL` in the order written, `word`, `read`, `name` where names are given, and a column of the store.
///
/// A case is `Case = "word"`, `Case = "word" / "tên"` (then `name()`) or `Case = "word" / "tên" / "name"` (then `name(tongue)`).
/// With `own read;` before it the enum reads more than its words and says itself how.
#[macro_export]
macro_rules! words {
    (own read; $($rest:tt)+) => {
        $crate::words!(@all [read] $($rest)+);
    };
    (
        @all [$($own:ident)?]
        $(#[$meta:meta])* $vis:vis enum $name:ident {
            $($(#[$about:meta])* $case:ident = $word:literal $(/ $vi:literal $(/ $en:literal)?)?),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
        #[sqlx(type_name = "text")]
        $vis enum $name {
            $($(#[$about])* #[sqlx(rename = $word)] $case),+
        }

        #[allow(dead_code, reason = "each enum offers the same, and few need all of it")]
        impl $name {
            /// All of them, in the order of screens.
            $vis const ALL: [$name; [$($word),+].len()] = [$($name::$case),+];

            /// The word in the store, in files and in addresses.
            $vis fn word(self) -> &'static str {
                match self {
                    $($name::$case => $word),+
                }
            }
        }

        $crate::words!(@read $vis $name $($own)?);
        $crate::words!(@name $vis $name $($case $(/ $vi $(/ $en)?)?),+);
    };
    (@read $vis:vis $name:ident read) => {};
    (@read $vis:vis $name:ident) => {
        #[allow(dead_code, reason = "each enum offers the same, and few need all of it")]
        impl $name {
            /// Reads the word back.
            $vis fn read(word: &str) -> Option<$name> {
                $name::ALL.into_iter().find(|known| known.word() == word)
            }
        }
    };
    (@name $vis:vis $name:ident $($case:ident),+) => {};
    (@name $vis:vis $name:ident $($case:ident / $vi:literal),+) => {
        impl $name {
            /// The Vietnamese name.
            $vis fn name(self) -> &'static str {
                match self {
                    $($name::$case => $vi),+
                }
            }
        }
    };
    (@name $vis:vis $name:ident $($case:ident / $vi:literal / $en:literal),+) => {
        impl $name {
            /// The name on pages.
            $vis fn name(self, tongue: $crate::text::Tongue) -> &'static str {
                match self {
                    $($name::$case => tongue.pick($vi, $en)),+
                }
            }
        }
    };
    ($($rest:tt)+) => {
        $crate::words!(@all [] $($rest)+);
    };
}

#[cfg(test)]
mod tests {
    use crate::text::Tongue;

    words! {
        /// How far something is.
        #[derive(Default)]
        enum Stage {
            /// Not begun.
            #[default]
            Waiting = "waiting" / "đang chờ" / "waiting",
            /// Gone out.
            SentOff = "sent" / "đã gửi" / "sent off",
        }
    }

    words! {
        own read;
        /// Which side.
        enum Side {
            Left = "left" / "trái",
            Right = "right" / "phải",
        }
    }

    impl Side {
        fn read(typed: &str) -> Option<Side> {
            Side::ALL.into_iter().find(|side| side.word() == typed || side.name() == typed)
        }
    }

    #[test]
    fn a_word_is_read_back_and_no_other() {
        for stage in Stage::ALL {
            assert_eq!(Stage::read(stage.word()), Some(stage));
        }
        assert_eq!((Stage::read("SentOff"), Stage::read(""), Stage::default()), (None, None, Stage::Waiting));
        assert_eq!((Stage::SentOff.name(Tongue::Vi), Stage::SentOff.name(Tongue::En)), ("đã gửi", "sent off"));
        assert_eq!((Side::read("phải"), Side::read("right"), Side::read("up")), (Some(Side::Right), Some(Side::Right), None));
    }
}
