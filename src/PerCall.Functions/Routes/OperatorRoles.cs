namespace PerCall.Functions.Routes;

/// <summary>The roles of an operator's key.</summary>
[Flags]
public enum OperatorRoles
{
    None = 0,

    /// <summary>May read everything and change nothing.</summary>
    Read = 1,

    /// <summary>May read usage and invoices, and change prices and what tenants pay.</summary>
    Money = 2,

    /// <summary>May do everything, including the creation of operators' keys.</summary>
    Manage = 4,
}
