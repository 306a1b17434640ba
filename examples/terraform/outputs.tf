output "tenant_id" {
  description = "The input tenant-id of the action."
  value       = var.tenant_id
}

output "client_id" {
  description = "The input client-id of the action."
  value       = azuread_application.gate.client_id
}

output "subjects" {
  description = "The subjects that may sign in with GitHub OIDC."
  value       = local.subjects
}

output "client_secret" {
  description = "For credential = secret: terraform output -raw client_secret | gh secret set DEFENDER_CLIENT_SECRET"
  value       = one(azuread_application_password.gate[*].value)
  sensitive   = true
}
