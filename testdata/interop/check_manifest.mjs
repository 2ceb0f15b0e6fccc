// Checks the manifest of a bundle with the W3C cryptosuite `eddsa-jcs-2022` of Digital Bazaar,
// then changes copies of it one by one and expects every one of them to be refused. Last, a
// JSON-LD processor reads it with the bundle's own context and must find every term defined.
//
// usage, from a folder whose node_modules holds the packages below:
//   node check_manifest.mjs BUNDLE [FINGERPRINT]
//
// The packages: @digitalbazaar/data-integrity @digitalbazaar/eddsa-jcs-2022-cryptosuite
// @digitalbazaar/ed25519-multikey jsonld jsonld-signatures.

import {createHash} from 'node:crypto';
import {execFileSync} from 'node:child_process';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const load = name => import(pathToFileURL(require.resolve(name)));
const {DataIntegrityProof} = await load('@digitalbazaar/data-integrity');
const {createVerifyCryptosuite} = await load('@digitalbazaar/eddsa-jcs-2022-cryptosuite');
const ed25519 = await load('@digitalbazaar/ed25519-multikey');
const signatures = await load('jsonld-signatures');
const jsigs = signatures.default ?? signatures;
const jsonld = (await load('jsonld')).default;

const [bundle, fingerprint] = process.argv.slice(2);
const READ = 'import sys,zipfile;sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))';
const read = name => execFileSync('python3', ['-c', READ, bundle, name], {maxBuffer: 1 << 26});

// A did:key document follows from its name alone: nothing is fetched.
async function documentLoader(url) {
  if(!url.startsWith('did:key:z')) {
    throw new Error(`the check asks for ${url}`);
  }
  const did = url.split('#')[0];
  const publicKeyMultibase = did.slice('did:key:'.length);
  const key = {
    '@context': 'https://w3id.org/security/multikey/v1',
    id: `${did}#${publicKeyMultibase}`, type: 'Multikey', controller: did, publicKeyMultibase
  };
  const controller = {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did, verificationMethod: [key], assertionMethod: [key.id]
  };
  return {contextUrl: null, documentUrl: url, document: url.includes('#') ? key : controller};
}

async function verify(document) {
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const purpose = new jsigs.purposes.AssertionProofPurpose();
  try {
    return (await jsigs.verify(document, {suite, purpose, documentLoader})).verified;
  } catch{
    return false;
  }
}

const manifest = JSON.parse(read('manifest.jsonld'));
const copy = () => structuredClone(manifest);
let passed = 0, failed = 0;
function check(what, holds) {
  console.log(`${holds ? 'ok' : 'FAILED'}: ${what}`);
  holds ? passed++ : failed++;
}

check('the manifest as it is verifies', await verify(copy()));

// The document is signed by the key whose fingerprint we were told, not just by some key.
if(fingerprint) {
  const imported = await ed25519.from({
    type: 'Multikey', publicKeyMultibase: manifest.device.did.slice('did:key:'.length)});
  const raw = (await imported.export({publicKey: true, raw: true})).publicKey;
  const computed = createHash('sha256').update(raw).digest('hex');
  check(`the key has the fingerprint ${fingerprint}`, computed === fingerprint);
}

const hex = text => (text[0] === '0' ? '1' : '0') + text.slice(1);
const changes = {
  'tip': m => { m.tip = hex(m.tip); },
  'tree root': m => { m.tree.root = hex(m.tree.root); },
  'tree size': m => { m.tree.size += 1; },
  'origin': m => { m.origin += '0'; },
  'entry count': m => { m.entries.exported -= 1; },
  'gap hidden or invented': m => { m.gaps.push(0); },
  'one file digest': m => { m.files[0].sha256 = hex(m.files[0].sha256); },
  'one file dropped': m => { m.files.pop(); },
  'two files swapped': m => { m.files.push(m.files.shift()); },
  'unknown member added': m => { m.note = 'added'; },
  'member removed': m => { delete m.previous; },
  'number as text': m => { m.format_version = '1'; },
  'context extended by one': m => { m['@context'].unshift('https://example.com/other'); },
  'proof date': m => { m.proof.created = '2001-01-01T00:00:00Z'; },
  'proof purpose': m => { m.proof.proofPurpose = 'authentication'; },
  'proof value': m => {
    const value = m.proof.proofValue;
    m.proof.proofValue = value.slice(0, 9) + (value[9] === '2' ? '3' : '2') + value.slice(10);
  },
  'proof removed': m => { delete m.proof; },
  'another key named': m => {
    const other = 'z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH';
    m.proof.verificationMethod = `did:key:${other}#${other}`;
  },
};
for(const [what, change] of Object.entries(changes)) {
  const changed = copy();
  change(changed);
  const differs = JSON.stringify(changed) !== JSON.stringify(manifest);
  check(`refused with changed ${what}`, differs && !await verify(changed));
}

// Nothing is fetched: the context is the bundle's. Safe mode refuses what it would drop.
const context = JSON.parse(read('context/evidence-v1.jsonld'));
const localLoader = async url => {
  if(url !== manifest['@context'][0]) {
    throw new Error(`the check asks for ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: context};
};
const expand = document => jsonld.expand(document, {documentLoader: localLoader, safe: true});
const [expanded] = await expand(copy()).catch(error => [{error: error.message}]);
check(`every term is defined by the context in the bundle ${expanded.error ?? ''}`,
  expanded['@id'] === manifest.id);
check('the manifest is attributed to the device by its DID',
  expanded['http://www.w3.org/ns/prov#wasAttributedTo']?.[0]['@id'] === manifest.device.did);
const unknown = copy();
unknown.note = 'no such term';
check('a term that is not defined is noticed',
  await expand(unknown).then(() => false, () => true));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
