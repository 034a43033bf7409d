using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace PerCall.Functions.ApiReference;

/// <summary>
/// Describes lists of strings that may be written as a single string, including values of an object. The generator cannot infer this from
/// a converter.
/// </summary>
public sealed class OneOrMany : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var property = context.JsonPropertyInfo;
        if (property?.AttributeProvider?.IsDefined(typeof(JsonConverterAttribute), inherit: false) != true)
        {
            return Task.CompletedTask;
        }

        if (property.PropertyType == typeof(IReadOnlyList<string>))
        {
            (schema.Type, schema.AnyOf) = (null, StringOrStrings());
        }
        else if (property.PropertyType == typeof(IReadOnlyDictionary<string, IReadOnlyList<string>>))
        {
            (schema.Type, schema.AdditionalProperties) = (JsonSchemaType.Object, new OpenApiSchema { AnyOf = StringOrStrings() });
        }

        return Task.CompletedTask;
    }

    private static List<IOpenApiSchema> StringOrStrings() => [Text(), new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() }];

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
