# Entra ID for Defender Gate: the same result as scripts/setup-entra.sh. See docs/setup-entra.md.
terraform {
  required_version = ">= 1.5"
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = ">= 3.0, < 4.0"
    }
  }
}

provider "azuread" {
  tenant_id   = var.tenant_id
  environment = local.clouds[var.cloud].environment
}

locals {
  clouds = {
    public   = { environment = "global", audience = "api://AzureADTokenExchange", portal = "https://portal.azure.com" }
    gcc      = { environment = "global", audience = "api://AzureADTokenExchange", portal = "https://portal.azure.com" }
    gcc-high = { environment = "usgovernmentl4", audience = "api://AzureADTokenExchangeUSGov", portal = "https://portal.azure.us" }
    dod      = { environment = "usgovernmentl5", audience = "api://AzureADTokenExchangeUSGov", portal = "https://portal.azure.us" }
  }

  # Permissions by name: their ids differ from cloud to cloud and are looked up below.
  apis = {
    graph = {
      client_id = "00000003-0000-0000-c000-000000000000" # Microsoft Graph
      permissions = {
        incidents = "SecurityIncident.Read.All"
        alerts    = "SecurityAlert.Read.All"
        hunting   = "ThreatHunting.Read.All"
      }
    }
    defender-xdr = {
      client_id = "8ee8fdad-f234-4243-8f3b-15c294843740" # Microsoft Threat Protection
      permissions = {
        incidents = "Incident.Read.All"
        alerts    = "Incident.Read.All"
        hunting   = "AdvancedHunting.Read.All"
      }
    }
  }
  permissions = toset([for check in var.checks : local.apis[var.api].permissions[check]])

  owner = split("/", var.repository)[0]
  name  = split("/", var.repository)[1]
  # Repositories created, renamed or moved since 2026-07-15 have the form with ids, unless that was changed.
  prefix   = var.repository_ids == null ? "repo:${var.repository}" : "repo:${local.owner}@${var.repository_ids.owner}/${local.name}@${var.repository_ids.repository}"
  subjects = var.credential == "oidc" ? toset([for subject in var.subjects : "${local.prefix}:${subject}"]) : toset([])
}

data "azuread_client_config" "current" {}

data "azuread_service_principal" "api" {
  client_id = local.apis[var.api].client_id
}

resource "azuread_application" "gate" {
  display_name            = var.name
  prevent_duplicate_names = true
  sign_in_audience        = var.multi_tenant ? "AzureADMultipleOrgs" : "AzureADMyOrg"
  owners                  = [data.azuread_client_config.current.object_id]

  required_resource_access {
    resource_app_id = local.apis[var.api].client_id

    dynamic "resource_access" {
      for_each = local.permissions
      content {
        id   = data.azuread_service_principal.api.app_role_ids[resource_access.value]
        type = "Role"
      }
    }
  }

  # Consent from a customer's tenant ends on a redirect URI, so there has to be one.
  dynamic "web" {
    for_each = var.multi_tenant ? [local.clouds[var.cloud].portal] : []
    content {
      redirect_uris = ["${web.value}/"]
    }
  }

  # Whoever makes the app owns it; who runs Terraform later changes nothing.
  lifecycle {
    ignore_changes = [owners]
  }
}

resource "azuread_service_principal" "gate" {
  client_id = azuread_application.gate.client_id
  owners    = [data.azuread_client_config.current.object_id]

  lifecycle {
    ignore_changes = [owners]
  }
}

# Admin consent, one permission each. Takes Privileged Role Administrator or Global Administrator.
resource "azuread_app_role_assignment" "gate" {
  for_each = local.permissions

  app_role_id         = data.azuread_service_principal.api.app_role_ids[each.value]
  principal_object_id = azuread_service_principal.gate.object_id
  resource_object_id  = data.azuread_service_principal.api.object_id
}

resource "azuread_application_federated_identity_credential" "github" {
  for_each = local.subjects

  application_id = azuread_application.gate.id
  display_name   = substr("github-${replace(each.value, "/[^A-Za-z0-9]+/", "-")}", 0, 120)
  description    = "Defender Gate"
  issuer         = var.issuer
  subject        = each.value
  audiences      = [local.clouds[var.cloud].audience]
}

resource "azuread_application_certificate" "gate" {
  count = var.credential == "certificate" ? 1 : 0

  application_id = azuread_application.gate.id
  type           = "AsymmetricX509Cert"
  value          = file(var.certificate_file)
  end_date       = var.certificate_end_date
}

# The value of the secret lies in Terraform's state. Prefer oidc or certificate.
resource "azuread_application_password" "gate" {
  count = var.credential == "secret" ? 1 : 0

  application_id = azuread_application.gate.id
  display_name   = "Defender Gate"
  end_date       = var.secret_end_date
}
