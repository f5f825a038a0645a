WITH direct AS (
  SELECT
    c.unit_id, COALESCE(c.content_group, c.project_id, c.category_code) AS content, c.ctype, c.contract_id,
    c.supplier_id, c.sign_date, c.amount,
    param(
      'tender_limit', c.sign_date,
      CASE WHEN c.ctype IN ('设计', '勘察', '监理') THEN '勘察设计监理' ELSE c.ctype END
    ) AS tender_limit
  FROM contract AS c
  LEFT JOIN project AS p ON p.project_id = c.project_id
  WHERE c.procure_mode = '直接'
    AND c.amount > 0
    AND c.sign_date IS NOT NULL
    AND c.unit_id IS NOT NULL
    AND NOT COALESCE(c.is_supplement, FALSE)
    AND NOT COALESCE(p.is_emergency, FALSE)
),
part AS (
  SELECT d.unit_id, d.content, d.ctype, d.contract_id, d.supplier_id, d.sign_date, d.amount, d.tender_limit
  FROM direct AS d
  WHERE d.content IS NOT NULL AND d.amount < d.tender_limit
),
-- each contract closes a window: what was signed for the same content in the days before it
closed AS (
  SELECT
    a.unit_id, a.content, a.ctype, a.contract_id, a.sign_date AS last_signed, a.tender_limit, COUNT(*) AS contracts,
    SUM(b.amount) AS total, MIN(b.sign_date) AS first_signed, COUNT(DISTINCT b.supplier_id) AS suppliers,
    joined(b.contract_id) AS contract_ids
  FROM part AS a
  JOIN part AS b ON b.unit_id = a.unit_id AND b.content = a.content AND b.ctype = a.ctype
  WHERE days(b.sign_date, a.sign_date) >= 0 AND days(b.sign_date, a.sign_date) < param('window_days')
  GROUP BY a.unit_id, a.content, a.ctype, a.contract_id, a.sign_date, a.tender_limit
  HAVING SUM(b.amount) >= a.tender_limit
),
largest AS (
  SELECT
    w.unit_id, w.content, w.ctype, w.last_signed, w.first_signed, w.tender_limit, w.contracts, w.total, w.suppliers,
    w.contract_ids,
    ROW_NUMBER() OVER (
      PARTITION BY w.unit_id, w.content, w.ctype
      ORDER BY ratio(w.total, w.tender_limit) DESC, w.last_signed, w.contract_id
    ) AS place
  FROM closed AS w
)
SELECT
  g.unit_id, 'purchase' AS subject_type, g.unit_id || '/' || g.content || '/' || g.ctype AS subject_id,
  ratio(g.total, g.tender_limit) AS metric,
  g.content, g.ctype, g.contracts, g.suppliers, g.total, g.tender_limit, g.first_signed, g.last_signed, g.contract_ids
FROM largest AS g
WHERE g.place = 1
