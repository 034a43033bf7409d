using PerCall.Functions.Requests;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>Names of the roles in the API and in the table.</summary>
public static class KeyRoleNames
{
    private static readonly RoleNames Names = new("call", "admin");

    public static IReadOnlyList<string> Of(KeyRoles roles) => Names.Of((int)roles);

    /// <exception cref="RefusedException">The list is empty or has an unknown role.</exception>
    public static KeyRoles Parse(IReadOnlyList<string?>? names) => names is null ? KeyRoles.Call : (KeyRoles)Names.Parse(names);

    /// <summary>Returns a 403 error: the key has none of the roles that the call needs.</summary>
    public static RefusedException Missing(KeyRoles needed, KeyRoles roles) => Names.Missing((int)needed, (int)roles);
}
