namespace PerCall.Functions.Tenancy;

/// <summary>
/// Which role a tenant's key needs for a function; where there are several, any of them. Without it: <see cref="KeyRoles.Call"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsRoleAttribute(KeyRoles roles) : Attribute
{
    public KeyRoles Roles => roles;
}
