// An independent stack, given a task as JSON on standard input, answers as JSON on standard output.
// verify: every credential of ours with @digitalbazaar/vc (embedded proof, status list) and jose (JWT).
// issue:  a credential signed with that stack, for our gate to read.
import {readFileSync} from 'node:fs';
import {get} from 'node:https';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {CompactSign, compactVerify, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK} from 'jose';

const task = JSON.parse(readFileSync(0, 'utf8'));

function didWebAddress(did) {
  const [host, ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
  return `https://${host}/${path.length ? path.join('/') : '.well-known'}/did.json`;
}

// The test's host name leads to this machine; the certificate must still be its own.
function lookup(host, options, done) {
  return options.all ? done(null, [{address: '127.0.0.1', family: 4}]) : done(null, '127.0.0.1', 4);
}

function getJson(address) {
  return new Promise((resolve, reject) => {
    get(address, {lookup, headers: {accept: 'application/vc, application/json'}}, answer => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', piece => body += piece);
      answer.on('end', () => {
        if(answer.statusCode !== 200) {
          reject(new Error(`${address} answered ${answer.statusCode}`));
        } else {
          resolve(JSON.parse(body));
        }
      });
    }).on('error', reject);
  });
}

// Contexts come from the task and from nowhere else; DID documents and status lists from the network.
async function documentLoader(url) {
  if(task.contexts[url]) {
    return {contextUrl: null, documentUrl: url, document: task.contexts[url], tag: 'static'};
  }
  if(url.startsWith('did:key:')) {
    const driver = await Ed25519Multikey.from({
      '@context': 'https://w3id.org/security/multikey/v1', id: url, type: 'Multikey',
      controller: url.split('#')[0], publicKeyMultibase: url.split('#')[0].slice('did:key:'.length),
    });
    const method = await driver.export({publicKey: true, includeContext: true});
    const document = url.includes('#') ? method : {
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'], id: url,
      verificationMethod: [{...method, id: `${url}#${url.slice('did:key:'.length)}`}],
      assertionMethod: [`${url}#${url.slice('did:key:'.length)}`],
    };
    return {contextUrl: null, documentUrl: url, document};
  }
  if(!url.startsWith('did:web:')) {
    return {contextUrl: null, documentUrl: url, document: await getJson(url)};
  }
  const [did, fragment] = url.split('#');
  const document = await getJson(didWebAddress(did));
  if(!fragment) {
    return {contextUrl: null, documentUrl: url, document};
  }
  const method = document.verificationMethod.find(each => each.id === url);
  return {contextUrl: null, documentUrl: url, document: {'@context': 'https://w3id.org/security/multikey/v1', ...method}};
}

async function verifyEmbedded(credential) {
  const result = await vc.verifyCredential({
    credential, suite: new DataIntegrityProof({cryptosuite}), documentLoader, now: task.now,
    checkStatus: options => checkStatus({
      ...options, documentLoader, suite: new DataIntegrityProof({cryptosuite}), verifyMatchingIssuers: true,
    }),
  });
  return {verified: result.verified, error: result.error ? String(result.error.errors ?? result.error) : null,
    status: result.statusResult?.verified ?? null, details: JSON.stringify(result.statusResult ?? null)};
}

async function verifyJwt(jwt) {
  try {
    const header = decodeProtectedHeader(jwt);
    const key = await importJWK(await getJson(header.kid), 'ES256');
    const {payload} = await compactVerify(jwt, key, {algorithms: ['ES256']});
    const claims = JSON.parse(new TextDecoder().decode(payload));
    await verifyByDocument(jwt, claims.iss);
    return {verified: claims.iss === claims.issuer.id && claims.sub === claims.credentialSubject.id, error: null};
  } catch(error) {
    return {verified: false, error: String(error)};
  }
}

// VC-JOSE-COSE, 4.2: the key stands as JsonWebKey in the issuer's document, among those for assertions.
async function verifyByDocument(jwt, issuer) {
  const document = await getJson(didWebAddress(issuer));
  const methods = document.verificationMethod.filter(each => each.type === 'JsonWebKey'
    && each.controller === issuer && document.assertionMethod.includes(each.id) && !each.expires && !each.revoked);
  if(methods.length !== 1) {
    throw new Error(`${issuer} lists ${methods.length} keys as JsonWebKey`);
  }
  await compactVerify(jwt, await importJWK(methods[0].publicKeyJwk, 'ES256'), {algorithms: ['ES256']});
}

async function issue() {
  const keyPair = await Ed25519Multikey.generate();
  const did = `did:key:${keyPair.publicKeyMultibase}`;
  keyPair.id = `${did}#${keyPair.publicKeyMultibase}`;
  keyPair.controller = did;
  const credential = {...task.credential, issuer: {...task.credential.issuer, id: did}};
  const suite = new DataIntegrityProof({signer: keyPair.signer(), cryptosuite});
  const signed = await vc.issue({credential: structuredClone(credential), suite, documentLoader, now: task.now});

  const {privateKey, publicKey} = await generateKeyPair('ES256', {extractable: true});
  const jwk = {...await exportJWK(publicKey), alg: 'ES256'};
  const kid = `${task.host}/keys/1`;
  const claims = {...task.webCredential, iss: task.webCredential.issuer.id, jti: task.webCredential.id,
    sub: task.webCredential.credentialSubject.id, nbf: Date.parse(task.webCredential.validFrom) / 1000,
    exp: Date.parse(task.webCredential.validUntil) / 1000};
  const jwt = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({alg: 'ES256', kid, typ: 'JWT'}).sign(privateKey);
  return {signed, did, jwt, jwk, kid};
}

let answer;
if(task.action === 'verify') {
  answer = {embedded: [], jwt: []};
  for(const credential of task.credentials) {
    answer.embedded.push(await verifyEmbedded(credential));
  }
  for(const jwt of task.jwts) {
    answer.jwt.push(await verifyJwt(jwt));
  }
} else {
  answer = await issue();
}
process.stdout.write(JSON.stringify(answer));
