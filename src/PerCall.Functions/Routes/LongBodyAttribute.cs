namespace PerCall.Functions.Routes;

/// <summary>
/// Marks a function whose body may take as long to arrive as the function may run. Only its minimum rate is limited. The function must
/// not hold what other calls need.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongBodyAttribute : Attribute;
