using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Operators;

/// <summary>Names of operators' roles in the API and in the table.</summary>
public static class OperatorRoleNames
{
    private static readonly RoleNames Names = new("read", "money", "manage");

    public static IReadOnlyList<string> Of(OperatorRoles roles) => Names.Of((int)roles);

    /// <exception cref="RefusedException">The list is missing or empty, or has an unknown role.</exception>
    public static OperatorRoles Parse(IReadOnlyList<string?>? names) => (OperatorRoles)Names.Parse(names);

    /// <summary>Returns a 403 error: the key has none of the roles that the call needs.</summary>
    public static RefusedException Missing(OperatorRoles needed, OperatorRoles roles) => Names.Missing((int)needed, (int)roles);
}
