//! What is known about trust and qualification, as JSON and as words: the same for one token and
//! for those of a bundle.

use proofline_format::json::Value;
use proofline_tsa::{rfc3339, rfc3339_micros};

use super::{AuthorityName, ClaimPlace, Qualification, Rung};
use crate::policy::Class;
use crate::trusted_list::TrustedList;

impl Rung {
    /// Every rung, the lowest first.
    pub const ALL: [Self; 4] = [
        Self::WellFormed,
        Self::ToYourRoot,
        Self::ClaimsQualified,
        Self::ListedQualified,
    ];

    /// The rung with its place among the four, and what it says.
    #[must_use]
    pub fn in_words(self) -> String {
        let place = Self::ALL.iter().take_while(|&&rung| rung < self).count();
        format!(
            "{} of 4, {}: {}",
            place.saturating_add(1),
            self.as_str(),
            self.meaning()
        )
    }
}

impl AuthorityName {
    /// The authority as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            (
                "class",
                self.class
                    .map_or(Value::Null, |class| class.as_str().into()),
            ),
            ("name", self.name.as_str().into()),
        ])
    }

    /// The authority in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let class = self.class.map_or_else(String::new, |class| match class {
            // A word of the user's must not look like a finding.
            Class::Qualified => ", which your policy calls qualified".into(),
            Class::Private | Class::Public => format!(", {}", class.as_str()),
        });
        format!("{}{class}", self.name)
    }
}

impl Qualification {
    /// What is said about a token being qualified, as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let listed = self.listed.as_ref().map_or(Value::Null, |entry| {
            let place = u64::try_from(entry.listed.path_index).unwrap_or(u64::MAX);
            Value::object([
                ("granted_since", rfc3339(entry.listed.since).into()),
                ("list_sha256", entry.list_sha256.into()),
                ("path_index", place.into()),
                ("provider", entry.listed.provider.as_str().into()),
                ("service", entry.listed.service.as_str().into()),
                ("territory", entry.territory.as_str().into()),
            ])
        });
        let not_listed = self.not_listed.iter().map(|(list, reason)| {
            Value::object([
                ("list_sha256", (*list).into()),
                ("reason", reason.as_str().into()),
            ])
        });
        Value::object([
            (
                "claimed_in",
                self.claimed
                    .iter()
                    .copied()
                    .map(ClaimPlace::as_str)
                    .collect(),
            ),
            ("listed", listed),
            ("not_listed", not_listed.collect()),
        ])
    }

    /// What is said about it, a line each; empty if nobody says anything and no list was given.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let places: Vec<&str> = self
            .claimed
            .iter()
            .copied()
            .map(ClaimPlace::as_str)
            .collect();
        if !places.is_empty() {
            lines.push(format!(
                "claimed by the authority in the {} ({}), which shows nothing by itself",
                places.join(" and in the "),
                "esi4-qtstStatement-1"
            ));
        }
        if let Some(entry) = &self.listed {
            lines.push(format!(
                "listed by {}: service `{}` of `{}`, granted since {}, identified by {}",
                entry.territory,
                entry.listed.service,
                entry.listed.provider,
                rfc3339(entry.listed.since),
                if entry.listed.path_index == 0 {
                    "the stamping unit's certificate"
                } else {
                    "the certificate of an issuer above the stamping unit"
                }
            ));
        }
        for (list, reason) in &self.not_listed {
            let digest = list.to_string();
            let head = digest.get(..8).unwrap_or_default();
            lines.push(format!(
                "not shown by the list {head}…: {}",
                reason.as_str()
            ));
        }
        if self.listed.is_none() && self.not_listed.is_empty() && !places.is_empty() {
            lines.push("not looked up: your policy names no trusted list".into());
        }
        lines
    }
}

impl TrustedList {
    /// Which list it is, as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let count = |count: usize| Value::from(u64::try_from(count).unwrap_or(u64::MAX));
        Value::object([
            ("issued", rfc3339(self.issued).into()),
            (
                "next_update",
                self.next_update
                    .map_or(Value::Null, |at| rfc3339(at).into()),
            ),
            ("sequence_number", self.sequence_number.into()),
            ("services", count(self.services)),
            ("sha256", self.sha256.into()),
            ("signature", "not-checked".into()),
            ("stamping_services", count(self.stamping_services())),
            ("territory", self.territory.as_str().into()),
            ("unreadable_services", count(self.unreadable)),
        ])
    }

    /// Which list it is, in lines: enough to compare it with what was published.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let next = self.next_update.map_or_else(|| "none".into(), rfc3339);
        let unreadable = match self.unreadable {
            0 => String::new(),
            count => format!(", left out because unreadable: {count}"),
        };
        vec![
            format!(
                "{}, number {}, issued {}, next update {next}; its own signature NOT CHECKED",
                self.territory,
                self.sequence_number,
                rfc3339(self.issued)
            ),
            format!("sha256 {}", self.sha256),
            format!(
                "services: {}, for qualified time stamps: {}{unreadable}",
                self.services,
                self.stamping_services()
            ),
        ]
    }
}

/// A span of time in the largest units that show it exactly.
#[must_use]
pub fn span(micros: u64) -> String {
    let units = [
        (3_600_000_000, "h"),
        (60_000_000, "min"),
        (1_000_000, "s"),
        (1_000, "ms"),
        (1, "µs"),
    ];
    let mut rest = micros;
    let mut parts = Vec::new();
    for (unit, name) in units {
        let count = rest.checked_div(unit).unwrap_or_default();
        rest = rest.checked_rem(unit).unwrap_or_default();
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    if parts.is_empty() {
        "0 s".into()
    } else {
        parts.join(" ")
    }
}

/// A moment to the millisecond.
#[must_use]
pub fn moment(micros: i64) -> String {
    rfc3339_micros(micros, 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_count_from_the_bottom() {
        assert!(
            Rung::WellFormed
                .in_words()
                .starts_with("1 of 4, well-formed: ")
        );
        assert!(
            Rung::ListedQualified
                .in_words()
                .starts_with("4 of 4, listed-qualified: ")
        );
        assert!(Rung::ALL.is_sorted());
    }

    #[test]
    fn spans_are_exact() {
        assert_eq!(span(0), "0 s");
        assert_eq!(span(2_000_000), "2 s");
        assert_eq!(span(1_500_000), "1 s 500 ms");
        assert_eq!(span(86_400_000_000), "24 h");
        assert_eq!(span(3_661_000_000), "1 h 1 min 1 s");
        assert_eq!(span(1), "1 µs");
    }

    /// What the user or an authority only says must never read as if it had been shown.
    #[test]
    fn a_claim_reads_as_a_claim() {
        let claimed = Qualification {
            claimed: vec![ClaimPlace::Token],
            ..Qualification::default()
        };
        let lines = claimed.in_words().join("\n");
        assert!(
            lines.contains("claimed by") && lines.contains("shows nothing"),
            "{lines}"
        );
        assert!(lines.contains("names no trusted list"), "{lines}");
        assert!(Qualification::default().in_words().is_empty());
        let named = AuthorityName {
            name: "A".into(),
            class: Some(Class::Qualified),
        };
        assert_eq!(named.in_words(), "A, which your policy calls qualified");
    }
}
