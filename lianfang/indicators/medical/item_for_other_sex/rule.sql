WITH person_sex AS (
  SELECT p.person_key, CASE WHEN p.gender IN ('1', '男') THEN '男' WHEN p.gender IN ('2', '女') THEN '女' END AS sex
  FROM population AS p
),
limited AS (
  SELECT r.item_code,
    CASE WHEN r.gender_limit IN ('1', '男') THEN '男' WHEN r.gender_limit IN ('2', '女') THEN '女' END AS sex
  FROM med_rule AS r
)
SELECT
  min(o.unit_id) AS unit_id,
  'med_claim' AS subject_type,
  c.claim_id AS subject_id,
  sum(i.amount) AS metric,
  min(c.org_id) AS provider,
  min(o.name) AS provider_name,
  min(p.sex) AS registered_sex,
  joined(i.item_code) AS items,
  min(i.service_time) AS first_service
FROM med_claim AS c
JOIN person_sex AS p ON p.person_key = c.person_key
JOIN med_item AS i ON i.claim_id = c.claim_id
JOIN limited AS r ON r.item_code = i.item_code
LEFT JOIN med_org AS o ON o.org_id = c.org_id
WHERE r.sex <> p.sex
  -- ICD-10 O80 to O84 delivery, Z37 and Z38 outcome of delivery: the child is settled with the mother
  AND NOT (p.sex = '女' AND (COALESCE(c.diag_code, '') LIKE 'O8%'
    OR COALESCE(c.diag_code, '') LIKE 'Z37%' OR COALESCE(c.diag_code, '') LIKE 'Z38%'))
GROUP BY c.claim_id
HAVING sum(i.amount) > 0
