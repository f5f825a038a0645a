WITH stated AS (
  SELECT r.item_code, r.exclusive_code, CAST(NULL AS DATE) AS effective_from, CAST(NULL AS DATE) AS effective_until
  FROM med_rule AS r
  WHERE r.exclusive_code IS NOT NULL AND r.exclusive_code <> r.item_code
  UNION ALL
  SELECT x.item_code, x.exclusive_code, x.effective_from, x.effective_until
  FROM med_exclusion AS x
  WHERE x.exclusive_code <> x.item_code
),
pair AS (
  -- a pair stated in both directions counts once: the later code is the one billed too much
  SELECT s.item_code, s.exclusive_code, s.effective_from, s.effective_until
  FROM stated AS s
  WHERE s.item_code < s.exclusive_code
    OR NOT EXISTS (SELECT 1 FROM stated AS r WHERE r.item_code = s.exclusive_code AND r.exclusive_code = s.item_code)
),
included AS (
  -- each included line once, however many lines of the including item stand beside it
  SELECT DISTINCT b.claim_id, b.line_no, b.item_code, b.amount, b.service_time
  FROM med_item AS a
  JOIN pair AS p ON p.item_code = a.item_code
  JOIN med_item AS b ON b.claim_id = a.claim_id AND b.item_code = p.exclusive_code
    AND CAST(b.service_time AS DATE) = CAST(a.service_time AS DATE)
  WHERE (p.effective_from IS NULL OR p.effective_from <= CAST(b.service_time AS DATE))
    AND (p.effective_until IS NULL OR p.effective_until > CAST(b.service_time AS DATE))
)
SELECT
  min(o.unit_id) AS unit_id,
  'med_claim' AS subject_type,
  c.claim_id AS subject_id,
  sum(i.amount) AS metric,
  min(c.org_id) AS provider,
  min(o.name) AS provider_name,
  joined(i.item_code) AS included_items,
  count(*) AS included_lines,
  min(i.service_time) AS first_service
FROM included AS i
JOIN med_claim AS c ON c.claim_id = i.claim_id
LEFT JOIN med_org AS o ON o.org_id = c.org_id
GROUP BY c.claim_id
HAVING sum(i.amount) > 0
