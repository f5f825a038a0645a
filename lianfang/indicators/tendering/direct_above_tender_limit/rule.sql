WITH direct AS (
  SELECT
    c.unit_id, c.contract_id, c.project_id, c.supplier_id, c.ctype, c.sign_date, c.amount, p.name AS project_name,
    -- an unknown day is judged by today's limit, the highest so far
    param(
      'tender_limit', COALESCE(c.sign_date, as_of()),
      CASE WHEN c.ctype IN ('设计', '勘察', '监理') THEN '勘察设计监理' ELSE c.ctype END
    ) AS tender_limit
  FROM contract AS c
  JOIN project AS p ON p.project_id = c.project_id
  LEFT JOIN tender AS t ON t.tender_id = c.tender_id
  WHERE c.procure_mode = '直接'
    AND p.fund_source IN ('财政', '专项债', '国企')
    AND NOT COALESCE(p.is_emergency, FALSE)
    AND NOT COALESCE(c.is_supplement, FALSE)
    AND t.approve_no IS NULL
)
SELECT
  d.unit_id, 'contract' AS subject_type, d.contract_id AS subject_id, ratio(d.amount, d.tender_limit) AS metric,
  d.amount, d.tender_limit, d.ctype, d.sign_date, d.supplier_id, d.project_id, d.project_name
FROM direct AS d
WHERE d.amount >= d.tender_limit
