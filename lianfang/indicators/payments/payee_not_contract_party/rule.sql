SELECT
  p.unit_id, 'payment' AS subject_type, p.payment_id AS subject_id, p.amount AS metric,
  p.contract_id, p.pay_date, c.supplier_id,
  CASE WHEN p.payee_id <> c.supplier_id THEN '收款方' ELSE '收款账户' END AS differs, p.payee_id, p.payee_kind, p.summary
FROM payment AS p
JOIN contract AS c ON c.contract_id = p.contract_id
WHERE p.amount > 0
  AND NOT COALESCE(p.to_wage_account, FALSE)
  AND NOT COALESCE(p.assignment, FALSE)
  AND NOT COALESCE(p.court_order, FALSE)
  AND (
    p.payee_id <> c.supplier_id
    OR (
      p.payee_account IS NOT NULL
      AND EXISTS (SELECT 1 FROM supplier_account AS s WHERE s.contract_id = p.contract_id)
      AND NOT EXISTS (
        SELECT 1 FROM supplier_account AS s WHERE s.contract_id = p.contract_id AND s.account = p.payee_account
      )
    )
  )
