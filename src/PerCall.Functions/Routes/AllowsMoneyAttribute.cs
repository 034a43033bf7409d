namespace PerCall.Functions.Routes;

/// <summary>
/// Marks a management function that operators' keys with the role <see cref="OperatorRoles.Money"/> may call. Without it, only
/// <see cref="OperatorRoles.Manage"/> opens a function, and <see cref="OperatorRoles.Read"/> if the function only reads.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AllowsMoneyAttribute : Attribute;
