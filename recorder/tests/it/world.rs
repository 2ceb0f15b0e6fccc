//! Authorities that are real and speak no HTTP, in a time that is what the test says it is.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use proofline::authority::Authority;
use proofline::clock::{self, Clock};
use proofline::stamp::{StampError, Stamped, Stamper};
use proofline_format::timestamp::Timestamp;
use proofline_tsa::{HashAlgorithm, Imprint, Request};
use proofline_tsa_authority::{Algorithm, Authority as Tsa, Profile};

use crate::fixture::Project;

thread_local! {
    static MILLIS: Cell<i64> = const { Cell::new(0) };
}

pub(crate) fn test_clock() -> Timestamp {
    Timestamp::from_millis(MILLIS.get()).unwrap()
}

/// Lets time pass.
pub(crate) fn pass(duration: Duration) {
    MILLIS.set(MILLIS.get() + i64::try_from(duration.as_millis()).unwrap());
}

/// The world's authorities, by URL.
pub(crate) struct World<'a> {
    authorities: BTreeMap<String, Rc<Tsa>>,
    down: RefCell<BTreeMap<String, StampError>>,
    /// Who was asked when.
    pub(crate) asked: RefCell<Vec<(i64, String)>>,
    /// A hook that fires while an authority is asked.
    hook: Option<&'a Project>,
}

impl<'a> World<'a> {
    pub(crate) fn new(names: &[&str]) -> Self {
        // Later than whatever the device's own clock will say in this test.
        MILLIS.set(clock::now().millis() + 60_000);
        let profile = Profile::ten_years("World", SystemTime::now() - Duration::from_secs(60));
        let authority = |name: &&str| {
            let authority = Tsa::generate(Algorithm::P256, &profile).unwrap();
            (url(name), Rc::new(authority))
        };
        Self {
            authorities: names.iter().map(authority).collect(),
            down: RefCell::default(),
            asked: RefCell::default(),
            hook: None,
        }
    }

    /// Another address of an authority.
    pub(crate) fn with_alias(mut self, name: &str, alias: &str) -> Self {
        let same = Rc::clone(&self.authorities[&url(name)]);
        self.authorities.insert(url(alias), same);
        self
    }

    pub(crate) fn with_hook(mut self, project: &'a Project) -> Self {
        self.hook = Some(project);
        self
    }

    pub(crate) fn take_down(&self, name: &str, wait: Option<Duration>) {
        let error = StampError {
            message: format!("{name} is down"),
            may_pass: true,
            wait,
            is_unheard: wait.is_none(),
        };
        self.down.borrow_mut().insert(url(name), error);
    }

    pub(crate) fn bring_back(&self, name: &str) {
        self.down.borrow_mut().remove(&url(name));
    }

    /// Names of those asked since this was last called.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.asked.take().into_iter();
        asked.map(|(_, url)| name(&url)).collect()
    }
}

impl Stamper for World<'_> {
    fn stamp(&self, authority: &Authority, imprint: [u8; 32]) -> Result<Stamped, StampError> {
        let asked = (MILLIS.get(), authority.url.clone());
        self.asked.borrow_mut().push(asked);
        if let Some(project) = self.hook {
            project.record("while an authority is asked");
        }
        if let Some(error) = self.down.borrow().get(&authority.url) {
            return Err(error.clone());
        }
        let imprint = Imprint::new(HashAlgorithm::Sha256, &imprint).unwrap();
        let nonce = proofline::random::bytes::<16>().unwrap();
        let request = Request::new(imprint, &nonce).unwrap().to_der().unwrap();
        let since = Duration::from_millis(u64::try_from(MILLIS.get()).unwrap());
        let response =
            self.authorities[&authority.url].respond(&request, SystemTime::UNIX_EPOCH + since);
        Ok(Stamped {
            request,
            response,
            certificates: Vec::new(),
        })
    }

    fn clock(&self) -> Clock {
        test_clock
    }
}

pub(crate) fn url(name: &str) -> String {
    format!("http://{name}.test/")
}

pub(crate) fn name(url: &str) -> String {
    let name = url.strip_prefix("http://").unwrap();
    name.strip_suffix(".test/").unwrap().to_owned()
}
