using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.ApiReference;

/// <summary>
/// Adds what the generator does not support: bodies with several content types, descriptions of query parameters, and the required key.
/// </summary>
public sealed class OperationDetails : IOpenApiOperationTransformer
{
    public const string OperatorScheme = "operator";
    public const string TenantScheme = "tenant";

    /// <summary>Examples of path parameters, the same for all operations. Ids that the service generates have no example.</summary>
    private static readonly Dictionary<string, string> PathExamples = new(StringComparer.Ordinal)
    {
        ["name"] = "fashion",
        ["model"] = "spam",
        ["task"] = "text-classification",
        ["alias"] = "canary",
        ["version"] = "1",
        ["plan"] = "small",
        ["tenant"] = "acme",
    };

    public async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var queries = metadata.OfType<QueryAttribute>().ToDictionary(q => q.Name, StringComparer.Ordinal);
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Description = parameter.Name == IdempotencyKey.Header
                ? "Makes retries safe: a repeated call with the same key gets the first answer again and is charged once."
                : queries.GetValueOrDefault(parameter.Name ?? "")?.Description;
            parameter.Example = parameter.In == ParameterLocation.Path
                ? PathExamples.GetValueOrDefault(parameter.Name ?? "")
                : queries.GetValueOrDefault(parameter.Name ?? "")?.Example;
        }

        var bodies = metadata.OfType<BodyAttribute>().ToList();
        if (bodies.Count > 0)
        {
            var content = new Dictionary<string, OpenApiMediaType>();
            foreach (var body in bodies)
            {
                var schema = await SchemaAsync(body.Type, context, cancellationToken);
                foreach (var type in body.ContentTypes)
                {
                    var example = body.Example is { } text ? JsonNode.Parse(text) : null;
                    content[type] = new OpenApiMediaType { Schema = schema, Example = example };
                }
            }

            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
        }

        if (metadata.OfType<FunctionRoute>().FirstOrDefault(r => r.IsManagement) is { } management)
        {
            var roles = management.OperatorRoles.ToString().ToLowerInvariant();
            operation.Description = $"{operation.Description} Open to operators' keys with one of these roles: {roles}.".TrimStart();
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(OperatorScheme, context.Document)] = [] }];
        }

        if (metadata.OfType<FunctionRoute>().Any(r => r.IsTenants))
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(TenantScheme, context.Document)] = [] }];
        }

        foreach (var (status, response) in operation.Responses ?? [])
        {
            response.Description = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(
                int.Parse(status, CultureInfo.InvariantCulture));
        }
    }

    private static async Task<IOpenApiSchema> SchemaAsync(
        Type type, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (type == typeof(byte[]))
        {
            return Binary();
        }

        return type == typeof(PictureForm) ? Form("image", ("model", JsonSchemaType.String), ("top_k", JsonSchemaType.Integer))
            : type == typeof(FileForm) ? Form("file", ("purpose", JsonSchemaType.String))
            : type == typeof(TranscriptionForm) ? Form(
                "file", ("model", JsonSchemaType.String), ("language", JsonSchemaType.String), ("response_format", JsonSchemaType.String))
            : await context.GetOrCreateSchemaAsync(type, cancellationToken: cancellation);
    }

    private static OpenApiSchema Form(string file, params (string Name, JsonSchemaType Type)[] fields) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { file },
        Properties = fields.ToDictionary(f => f.Name, f => (IOpenApiSchema)new OpenApiSchema { Type = f.Type })
            .Append(new(file, Binary())).ToDictionary(),
    };

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
