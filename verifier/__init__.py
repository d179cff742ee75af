"""The gate: a stranger's paper comes in, a report with evidence comes out.

    policy = Policy(documents=Fetcher(network=NetworkDoor()), trust=open_trust_list(jws_text, keeper_key))
    report = verify(open_unverified(text), policy, now=datetime.now(UTC))
    credential = report.accept()  # or CredentialRejected, which carries the report

`verifier.verify` is the algorithm in nine numbered steps, `verifier.report` what comes out, `verifier.policy` what the
relying party decides. For files of any kind (PDF, picture, JSON, link) call `verifier.examine` instead of `verify`.
"""
