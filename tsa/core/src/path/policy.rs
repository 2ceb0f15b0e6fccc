//! Certificate policies along a path (RFC 5280 §6.1, as RFC 9618 replaces its policy tree).
//!
//! RFC 5280 describes a tree of policies in which a node is repeated below each of its parents; a
//! path with many mappings makes it grow with the power of its length.
//! RFC 9618 keeps one node for each policy and depth and lists its parents, which says the same
//! and stays as large as the extensions that it was read from.
//! Qualifiers are not carried along: nobody here shows them.

use alloc::vec::Vec;

use crate::certificate::Certificate;
use crate::finding::{Code, Findings};
use crate::oid;

use super::PathRules;

/// One policy at one depth.
struct Node<'a> {
    policy: &'a [u8],
    /// What the next certificate may call this policy.
    expected: Vec<&'a [u8]>,
    /// Positions among the nodes one depth above.
    parents: Vec<usize>,
}

/// `explicit_policy`, `policy_mapping` and `inhibit_anyPolicy` of RFC 5280 §6.1.2: how many
/// certificates may still follow before the rule applies.
struct Counters {
    explicit_policy: u32,
    policy_mapping: u32,
    inhibit_any_policy: u32,
}

/// The `valid_policy_graph`: the nodes of each depth, the first depth being the anchor's.
struct Graph<'a> {
    depths: Vec<Vec<Node<'a>>>,
}

/// Checks the policies of a path; `chain` has the signer first and leaves the anchor out.
pub(super) fn check(
    chain: &[&Certificate<'_>],
    path_rules: &PathRules<'_>,
    findings: &mut Findings,
) {
    let length = u32::try_from(chain.len()).unwrap_or(u32::MAX);
    let initially = |zero: bool| if zero { 0 } else { length.saturating_add(1) };
    let mut counters = Counters {
        explicit_policy: initially(path_rules.initial_explicit_policy),
        policy_mapping: initially(path_rules.initial_policy_mapping_inhibit),
        inhibit_any_policy: initially(path_rules.initial_any_policy_inhibit),
    };
    let mut graph = Graph::new();
    let Some((signer, issuers)) = chain.split_first() else {
        return;
    };
    for issuer in issuers.iter().rev() {
        let any_allowed = counters.inhibit_any_policy > 0 || issuer.is_self_issued();
        graph.descend(issuer, any_allowed);
        if !holds(&graph, &counters, issuer, findings) || !graph.map(issuer, &counters, findings) {
            return;
        }
        counters.after(issuer);
    }
    graph.descend(signer, counters.inhibit_any_policy > 0);
    if holds(&graph, &counters, signer, findings) {
        conclude(&graph, &counters, signer, path_rules, findings);
    }
}

/// RFC 5280 §6.1.3 (f).
fn holds(
    graph: &Graph<'_>,
    counters: &Counters,
    certificate: &Certificate<'_>,
    findings: &mut Findings,
) -> bool {
    let holds = counters.explicit_policy > 0 || !graph.is_null();
    if !holds {
        let detail = alloc::format!(
            "no policy is left at certificate `{}`, and the path must have one",
            certificate.subject()
        );
        findings.push(Code::CertificatePolicyMissing, detail);
    }
    holds
}

/// RFC 5280 §6.1.5.
fn conclude(
    graph: &Graph<'_>,
    counters: &Counters,
    signer: &Certificate<'_>,
    path_rules: &PathRules<'_>,
    findings: &mut Findings,
) {
    let own = signer.extensions().policy_constraints;
    let explicit = match own.require_explicit_policy {
        Some(0) => 0,
        _ => counters.explicit_policy.saturating_sub(1),
    };
    if explicit > 0 || graph.satisfies(path_rules.initial_policy_set) {
        return;
    }
    let wanted: Vec<_> = path_rules
        .initial_policy_set
        .iter()
        .map(|policy| oid::dotted(policy))
        .collect();
    let detail = match wanted.as_slice() {
        [] => alloc::format!(
            "no policy is valid for the path of certificate `{}`, and it must have one",
            signer.subject()
        ),
        wanted => alloc::format!(
            "the path of certificate `{}` is valid for none of the policies {}",
            signer.subject(),
            wanted.join(", ")
        ),
    };
    findings.push(Code::CertificatePolicyMissing, detail);
}

impl Counters {
    /// RFC 5280 §6.1.4 (h) to (j).
    fn after(&mut self, issuer: &Certificate<'_>) {
        if !issuer.is_self_issued() {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any_policy = self.inhibit_any_policy.saturating_sub(1);
        }
        let extensions = issuer.extensions();
        let constraints = extensions.policy_constraints;
        for (counter, limit) in [
            (
                &mut self.explicit_policy,
                constraints.require_explicit_policy,
            ),
            (&mut self.policy_mapping, constraints.inhibit_policy_mapping),
            (&mut self.inhibit_any_policy, extensions.inhibit_any_policy),
        ] {
            *counter = (*counter).min(limit.unwrap_or(u32::MAX));
        }
    }
}

impl<'a> Graph<'a> {
    /// RFC 5280 §6.1.2 (a): the anchor is for every policy.
    fn new() -> Self {
        let root = Node {
            policy: oid::ANY_POLICY,
            expected: alloc::vec![oid::ANY_POLICY],
            parents: Vec::new(),
        };
        Self {
            depths: alloc::vec![alloc::vec![root]],
        }
    }

    fn last(&self) -> &[Node<'a>] {
        self.depths.last().map_or(&[], Vec::as_slice)
    }

    /// A graph is NULL when nothing of it reaches the depth at hand.
    fn is_null(&self) -> bool {
        self.last().is_empty()
    }

    /// RFC 5280 §6.1.3 (d) and (e).
    fn descend(&mut self, certificate: &Certificate<'a>, any_allowed: bool) {
        let above = self.last();
        let mut nodes: Vec<Node<'_>> = Vec::new();
        let policies = certificate.extensions().policies.as_deref();
        for policy in policies.unwrap_or_default() {
            if *policy == oid::ANY_POLICY {
                continue;
            }
            let mut parents = expecting(above, policy);
            if parents.is_empty() {
                parents.extend(above.iter().position(|node| node.policy == oid::ANY_POLICY));
            }
            if !parents.is_empty() {
                nodes.push(Node {
                    policy,
                    expected: alloc::vec![*policy],
                    parents,
                });
            }
        }
        let says_any = policies.is_some_and(|policies| policies.contains(&oid::ANY_POLICY));
        if says_any && any_allowed {
            for policy in above.iter().flat_map(|node| &node.expected) {
                if !nodes.iter().any(|node| node.policy == *policy) {
                    nodes.push(Node {
                        policy,
                        expected: alloc::vec![*policy],
                        parents: expecting(above, policy),
                    });
                }
            }
        }
        self.depths.push(nodes);
    }

    /// RFC 5280 §6.1.4 (a) and (b); `false` when the mappings break a rule.
    fn map(
        &mut self,
        issuer: &Certificate<'a>,
        counters: &Counters,
        findings: &mut Findings,
    ) -> bool {
        let mappings = &issuer.extensions().policy_mappings;
        let is_any = |policy: &[u8]| policy == oid::ANY_POLICY;
        if mappings.iter().any(|(from, to)| is_any(from) || is_any(to)) {
            let detail = alloc::format!("certificate `{}` maps anyPolicy", issuer.subject());
            findings.push(Code::CertificatePolicyMappingInvalid, detail);
            return false;
        }
        let Some(nodes) = self.depths.last_mut() else {
            return true;
        };
        if counters.policy_mapping == 0 {
            nodes.retain(|node| !mappings.iter().any(|(from, _)| *from == node.policy));
            return true;
        }
        for (i, (from, _)) in mappings.iter().enumerate() {
            if mappings.iter().take(i).any(|(earlier, _)| earlier == from) {
                continue;
            }
            let mapped = mappings.iter().filter(|(other, _)| other == from);
            let expected: Vec<&[u8]> = mapped.map(|(_, to)| *to).collect();
            if let Some(node) = nodes.iter_mut().find(|node| node.policy == *from) {
                node.expected = expected;
            } else if let Some(any) = nodes.iter().find(|node| is_any(node.policy)) {
                let parents = any.parents.clone();
                nodes.push(Node {
                    policy: from,
                    expected,
                    parents,
                });
            }
        }
        true
    }

    /// RFC 9618 §5.4: whether one of the wanted policies, or any if none is wanted, is among those
    /// for which the authorities of the path vouch.
    fn satisfies(&self, wanted: &[Vec<u8>]) -> bool {
        let any_wanted = wanted.is_empty() || wanted.iter().any(|policy| policy == oid::ANY_POLICY);
        if any_wanted || self.is_null() {
            return !self.is_null();
        }
        if self
            .last()
            .iter()
            .any(|node| node.policy == oid::ANY_POLICY)
        {
            return true;
        }
        // The policies in the anchor's terms are those directly below a node of anyPolicy, as far
        // as something of them reaches the last depth.
        let mut reached: Vec<usize> = (0..self.last().len()).collect();
        for (depth, nodes) in self.depths.iter().enumerate().rev() {
            let above = depth
                .checked_sub(1)
                .and_then(|above| self.depths.get(above));
            let mut next = Vec::new();
            for node in reached.iter().filter_map(|at| nodes.get(*at)) {
                let below_any = node.parents.iter().any(|parent| {
                    above
                        .and_then(|above| above.get(*parent))
                        .is_some_and(|parent| parent.policy == oid::ANY_POLICY)
                });
                if below_any
                    && node.policy != oid::ANY_POLICY
                    && wanted.iter().any(|policy| policy == node.policy)
                {
                    return true;
                }
                next.extend(node.parents.iter().copied());
            }
            next.sort_unstable();
            next.dedup();
            reached = next;
        }
        false
    }
}

/// The positions of the nodes that expect a policy.
fn expecting(nodes: &[Node<'_>], policy: &[u8]) -> Vec<usize> {
    let positions = nodes.iter().enumerate();
    positions
        .filter(|(_, node)| node.expected.contains(&policy))
        .map(|(at, _)| at)
        .collect()
}
