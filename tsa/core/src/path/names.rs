//! Name constraints along a path (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c), §6.1.4 (g)).
//!
//! Every subtree that an issuer permits must hold a name of its form, every subtree that it
//! excludes must not.
//! A form without rules here, or a subtree with a minimum or maximum, is reported as not
//! processed as soon as a name of that form occurs below it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate::Certificate;
use crate::certificate::name_constraints::{NameConstraints, Subtree};
use crate::der::{self, Element, Reader, tag};
use crate::finding::{Code, Findings};
use crate::limits::MAX_NAME_COMPARISONS;
use crate::oid;

mod forms;

/// Checks every name of a path against what stands above it; `chain` has the signer first.
pub(super) fn check(chain: &[&Certificate<'_>], anchor: &Certificate<'_>, findings: &mut Findings) {
    let mut above: Vec<&NameConstraints<'_>> = Vec::new();
    // RFC 5937 §3.2: what an anchor's own certificate restricts is restricted.
    above.extend(&anchor.extensions().name_constraints);
    let mut comparisons = MAX_NAME_COMPARISONS;
    for (position, certificate) in chain.iter().enumerate().rev() {
        // Self-issued certificates in the middle of a path are the same authority with another
        // key, and were named before the constraints were.
        if !above.is_empty() && (position == 0 || !certificate.is_self_issued()) {
            let subject = certificate.subject();
            let mut judge = Judge {
                above: &above,
                comparisons: &mut comparisons,
                subject: &subject,
                findings,
            };
            for name in names(certificate) {
                judge.name(&name);
            }
        }
        above.extend(&certificate.extensions().name_constraints);
    }
}

/// Every name of a certificate as the bytes of a general name.
fn names(certificate: &Certificate<'_>) -> Vec<Vec<u8>> {
    let alternatives = &certificate.extensions().subject_alt_names;
    let mut names: Vec<Vec<u8>> = alternatives.iter().map(|name| name.raw.to_vec()).collect();
    let subject = certificate.subject_name();
    if !subject.is_empty() {
        names.push(der::write(tag::constructed(4), subject.raw()));
    }
    // Where there is no alternative name, an address in the subject is one.
    if alternatives.is_empty() {
        let addresses = subject.values(oid::EMAIL_ADDRESS);
        names.extend(
            addresses
                .iter()
                .map(|address| der::write(tag::primitive(1), address.value)),
        );
    }
    names
}

struct Judge<'j, 'a> {
    above: &'j [&'j NameConstraints<'a>],
    comparisons: &'j mut u32,
    subject: &'j str,
    findings: &'j mut Findings,
}

impl Judge<'_, '_> {
    fn name(&mut self, bytes: &[u8]) {
        let Ok(name) = Reader::new(bytes).any() else {
            return;
        };
        for constraints in self.above {
            let of_form = |subtree: &&Subtree<'_>| subtree.base.tag == name.tag;
            let permitted: Vec<_> = constraints.permitted.iter().filter(of_form).collect();
            let excluded: Vec<_> = constraints.excluded.iter().filter(of_form).collect();
            if permitted.is_empty() && excluded.is_empty() {
                continue;
            }
            let processed = forms::is_known(name.tag)
                && !permitted.iter().chain(&excluded).any(|s| s.has_distances);
            let affordable = u32::try_from(permitted.len().saturating_add(excluded.len()))
                .ok()
                .and_then(|count| self.comparisons.checked_sub(count));
            let Some(left) = affordable.filter(|_| processed) else {
                self.unprocessed(&name, constraints.critical || affordable.is_none());
                continue;
            };
            *self.comparisons = left;
            let held = permitted.is_empty()
                || permitted
                    .iter()
                    .any(|subtree| forms::is_permitted(&name, &subtree.base));
            let barred = excluded
                .iter()
                .any(|subtree| forms::is_excluded(&name, &subtree.base));
            if !held || barred {
                self.violated(&name, if held { "excluded" } else { "not permitted" });
                return;
            }
        }
    }

    /// RFC 5280 §4.2.1.10: constraints that are not critical and of a form without rules may be
    /// passed over.
    fn unprocessed(&mut self, name: &Element<'_>, counts: bool) {
        if counts {
            let detail = alloc::format!(
                "name {} of certificate `{}` is constrained in a way that is not processed",
                forms::text(name),
                self.subject
            );
            self.findings
                .push(Code::CertificateConstraintsUnprocessed, detail);
        }
    }

    fn violated(&mut self, name: &Element<'_>, how: &str) {
        let text: String = forms::text(name);
        let detail = alloc::format!(
            "name {text} of certificate `{}` is {how} by an issuer",
            self.subject
        );
        self.findings
            .push(Code::CertificateNameConstraintViolated, detail);
    }
}
