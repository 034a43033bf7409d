namespace Microsoft.Azure.Functions.Worker;

/// <summary>Which of the host's own keys an HTTP function asks for. The built-in host keeps no keys and accepts <see cref="Anonymous"/> only.</summary>
public enum AuthorizationLevel
{
    Anonymous = 0,
    User = 1,
    Function = 2,
    System = 3,
    Admin = 4,
}
