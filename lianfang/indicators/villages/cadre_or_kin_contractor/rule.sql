WITH connected AS (
  SELECT v.person_id, v.person_key, '本人' AS relation
  FROM village_cadre AS v
  WHERE v.person_key IS NOT NULL
  UNION
  SELECT k.person_id, k.person_key, k.relation
  FROM kin AS k
),
party AS (
  SELECT c.person_id, c.relation, c.person_key AS party_key, '本人或亲属签约' AS how,
    CAST(NULL AS DATE) AS since_date, CAST(NULL AS DATE) AS until_date
  FROM connected AS c
  UNION
  SELECT c.person_id, c.relation, x.company_id AS party_key, x.how, x.since_date, x.until_date
  FROM connected AS c
  JOIN control AS x ON x.holder_key = c.person_key
)
SELECT
  min(t.unit_id) AS unit_id,
  'village_contract' AS subject_type,
  t.vc_id AS subject_id,
  v.person_id,
  min(t.amount) AS metric,
  min(t.village_id) AS village,
  joined(v.role) AS roles,
  joined(p.relation) AS relations,
  joined(p.how) AS connections,
  min(t.kind) AS kind,
  min(t.mode) AS mode,
  min(t.sign_date) AS sign_date
FROM village_contract AS t
JOIN village_cadre AS v ON v.village_id = t.village_id
  AND (v.since_date IS NULL OR v.since_date <= t.sign_date)
  AND (v.until_date IS NULL OR v.until_date > t.sign_date)
JOIN party AS p ON p.person_id = v.person_id AND p.party_key = t.party_key
  AND (p.since_date IS NULL OR p.since_date <= t.sign_date)
  AND (p.until_date IS NULL OR p.until_date > t.sign_date)
WHERE t.amount > 0 AND t.sign_date IS NOT NULL
  AND NOT (COALESCE(t.mode, '') = '公开交易' AND t.vote_date IS NOT NULL)
GROUP BY t.vc_id, v.person_id
