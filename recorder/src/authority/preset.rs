//! Public authorities by name, so that nobody has to look up an address.
//!
//! The addresses are those that their operators publish. No test and no command of ours has asked
//! any of them; they may move, and each has terms of its own. None is called qualified: only a
//! trusted list may say that, of one service at one time.

/// A public time-stamp authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its name on our command line and in our configuration.
    pub name: &'static str,
    /// Where it is asked.
    pub url: &'static str,
    /// Shortest time between two requests of ours: what its operator asks for, or a second.
    pub min_interval_seconds: u64,
    /// What is known of its ways.
    pub habits: &'static str,
}

impl Preset {
    /// The preset of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }
}

const fn preset(name: &'static str, url: &'static str, habits: &'static str) -> Preset {
    Preset {
        name,
        url,
        min_interval_seconds: 1,
        habits,
    }
}

/// Every preset, by name.
pub const PRESETS: &[Preset] = &[
    preset(
        "apple",
        "http://timestamp.apple.com/ts01",
        "for code signing; certificates live about six weeks; private root",
    ),
    preset(
        "bit",
        "http://tsa.pki.admin.ch/tsa",
        "federal administration of Switzerland",
    ),
    preset("certum", "http://time.certum.pl", "free of charge"),
    preset(
        "dfn",
        "http://zeitstempel.dfn.de",
        "for research and education in Germany",
    ),
    preset(
        "digicert",
        "http://timestamp.digicert.com",
        "free of charge, no published limit; certificates live over 11 years; the root is not in the token",
    ),
    preset(
        "entrust",
        "http://timestamp.entrust.net/TSS/RFC3161sha2TS",
        "for code signing",
    ),
    preset(
        "freetsa",
        "https://freetsa.org/tsr",
        "run by volunteers; private root; use it beside another",
    ),
    preset(
        "github",
        "https://timestamp.githubapp.com/api/v1/timestamp",
        "for its own attestations; private root, given out by its update framework",
    ),
    preset(
        "globalsign",
        "http://timestamp.globalsign.com/tsa/r6advanced1",
        "free for code signing; states an accuracy",
    ),
    preset(
        "identrust",
        "http://timestamp.identrust.com",
        "certificates live a little over a year",
    ),
    preset(
        "microsoft",
        "http://timestamp.acs.microsoft.com",
        "for code signing; certificates live a year; the root is not in the token",
    ),
    Preset {
        name: "sectigo",
        url: "http://timestamp.sectigo.com",
        min_interval_seconds: 15,
        habits: "free of charge; asks for 15 seconds between two requests",
    },
    preset(
        "sigstore",
        "https://timestamp.sigstore.dev/api/v1/timestamp",
        "for its own signatures; private root, given out by its update framework",
    ),
    preset("ssl.com", "http://ts.ssl.com", "for code signing"),
    preset(
        "swisssign",
        "http://tsa.swisssign.net",
        "for its customers' signatures",
    ),
];
