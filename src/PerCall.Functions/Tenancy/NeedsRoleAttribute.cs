namespace PerCall.Functions.Tenancy;

/// <summary>
/// Declares the role that a tenant's key needs for a function; with several roles, any of them is enough. The default is
/// <see cref="KeyRoles.Call"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsRoleAttribute(KeyRoles roles) : Attribute
{
    public KeyRoles Roles => roles;
}
